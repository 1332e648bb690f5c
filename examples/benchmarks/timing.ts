/** One who takes part: what a step of it does. */
export interface Contestant {
  readonly name: string
  /** Comes before every step: what the step is timed without, and `wholeOf` it with. */
  readonly prepare?: () => void
  readonly step: () => void | Promise<void>
  /** Frees what it holds. */
  readonly leave?: () => void
}

/** Milliseconds of steps, by the name of who took them. */
export type Times = Readonly<Record<string, readonly number[]>>

/** Some who are timed together: `burst` takes steps for so many milliseconds, at least three each. */
export interface Party {
  readonly burst: (time: number) => Promise<Times>
  readonly leave?: (() => void) | undefined
}

/** What a contestant's steps are called together with what prepares them. */
export const wholeOf = (name: string): string => `${name}, prepared`

export const alone = ({ name, prepare, step, leave }: Contestant): Party => ({
  leave,
  burst: async (time) => {
    const [times, whole]: [number[], number[]] = [[], []]
    const end = performance.now() + time
    while (times.length < 3 || performance.now() < end) {
      const first = performance.now()
      prepare?.()
      const start = performance.now()
      await step()
      const last = performance.now()
      times.push(last - start)
      whole.push(last - first)
    }
    return { [name]: times, ...(prepare && { [wholeOf(name)]: whole }) }
  },
})

export interface Budget {
  readonly rounds: number
  /** Milliseconds for each in each round. */
  readonly time: number
}

/** The time that a share of the steps stay under: 0.5 is the median. */
export const quantile = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)]!

/**
 * Times everybody, and answers with the steps of each round. They take turns, round after round, so that whatever else the machine does meanwhile
 * falls on all of them; the first round only warms them up. Whoever took part leaves.
 */
export const raceRounds = async (parties: readonly Party[], { rounds, time }: Budget): Promise<readonly Times[]> => {
  const all: Times[] = []
  for (let round = 0; round <= rounds; round++) {
    const times: Record<string, readonly number[]> = {}
    for (const party of parties) Object.assign(times, await party.burst(time))
    if (round > 0) all.push(times)
  }
  for (const { leave } of parties) leave?.()
  return all
}

/** Everybody's steps of all rounds. */
export const together = (rounds: readonly Times[]): Times =>
  Object.fromEntries(Object.keys(rounds[0] ?? {}).map((name) => [name, rounds.flatMap((times) => times[name] ?? [])]))

/** Times everybody as `raceRounds` does, and answers with all steps. */
export const raceSteps = async (parties: readonly Party[], budget: Budget): Promise<Times> =>
  together(await raceRounds(parties, budget))

/** The median step of everybody, in milliseconds, by name. */
export type Medians = Readonly<Record<string, number>>

/** Times everybody as `raceSteps` does, and answers with their medians. */
export const race = async (parties: readonly Party[], budget: Budget): Promise<Medians> =>
  Object.fromEntries(
    Object.entries(await raceSteps(parties, budget)).map(([name, times]) => [name, quantile(times, 0.5)]),
  )
