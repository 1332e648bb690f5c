import { type Held, heldNow } from './held.ts'
import type { Training } from './trainings.ts'

/** A long training: what was held after its first tenth, the most and the last of all looks after that, and how long it took. */
export interface Soaked {
  readonly name: string
  readonly seconds: number
  readonly first: Held
  readonly last: Held
  /** What grew, a sentence each. */
  readonly grown: readonly string[]
}

/** What a heap may seem to grow by of itself: compiled code, statistics of the engine. A leak of one object a step is 16 bytes a step at least. */
const slack = 1 << 20

const grownBetween = (first: Held, looks: readonly Held[]): string[] => {
  const exact = (['tensors', 'buffers', 'wasmBytes'] as const).flatMap((what) => {
    const other = looks.find((held) => held[what] !== first[what])
    return other ? [`${what}: ${first[what]} at first, ${other[what]} later`] : []
  })
  const [least, last] = [Math.min(...looks.map(({ jsBytes }) => jsBytes)), looks.at(-1)!.jsBytes]
  const heap = last - Math.min(first.jsBytes, least)
  return heap > slack ? [...exact, `jsBytes: ${heap} more at the end than at the least`] : exact
}

/** Trains for so many steps and looks ten times at what is held; the first look is the measure for the others. */
export const soak = async ({ name, start }: Training, steps: number): Promise<Soaked> => {
  const before = await heldNow()
  const training = start()
  const looks: Held[] = []
  let seconds = 0
  for (let tenth = 1; tenth <= 10; tenth++) {
    const began = performance.now()
    const until = Math.round((steps * tenth) / 10)
    for (let t = Math.round((steps * (tenth - 1)) / 10); t < until; t++) training.step()
    seconds += (performance.now() - began) / 1000
    looks.push(await heldNow())
  }
  training.end()
  const { tensors } = await heldNow()
  const [first, ...later] = looks as [Held, ...Held[]]
  const left = tensors === before.tensors ? [] : [`tensors: ${tensors - before.tensors} left when all was given back`]
  return { name, seconds, first, last: later.at(-1)!, grown: [...grownBetween(first, later), ...left] }
}
