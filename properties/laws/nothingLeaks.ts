import type { Shaped } from '../../lib/hosts/engine.ts'
import type { Scenario } from '../arbitraries/scenarios.ts'
import { Broken, type Law } from './law.ts'
import { givenIn } from './runs.ts'
import type { Subject } from './subject.ts'
import { get, machine, put, type Ran, type World } from './world.ts'

const steps = 4
/** So many steps every gate of the catalogue has turned round in, and what was made at first is there. */
const round = 6

/** The count of buffers after each of a few steps, old results given back, and after giving back everything. */
const counts = <B extends Shaped>(
  { tx }: Subject,
  world: World<B>,
  { params, steps: given }: Scenario,
  many = steps,
): number[] => {
  const own = machine(tx.form, world)
  const start = put(world, params)
  let now: Ran<B> = { params: start, state: own.init(start) }
  const found: number[] = []
  for (let t = 0; t < many; t++) {
    const { grads, extra } = givenIn(world, given[0]!)
    const next = own.lookahead(grads, now.state, now.params!, extra)
    world.drop([grads, extra, now])
    now = next
    found.push(world.alive())
  }
  world.drop([now, start])
  return [...found, world.alive()]
}

/** Where gates open and close, some steps hold more than others (jax-js counts memory, which what stays shares), but no round more than the one before. */
const staysInRounds = (found: readonly number[]): void => {
  const [second, third] = [found.slice(round, 2 * round), found.slice(2 * round, 3 * round)]
  if (second.join() !== third.join()) throw new Broken(`buffers alive after each step: ${found.join(', ')}`)
}

/**
 * As many buffers are alive after one step as after the next, and none once all results are given back. Results are the caller's own: giving
 * the updates back leaves the state alive.
 */
export const nothingLeaks: Law = {
  name: 'leaks nothing',
  worlds: 'tensors',
  numbers: 'any',
  steps: 1,
  applies: () => true,
  holds: async (subject, world, scenario) => {
    const before = world.alive()
    const found = counts(subject, world, scenario)
    const after = found.pop() as number
    if (new Set(found).size > 1) staysInRounds(counts(subject, world, scenario, 3 * round))
    if (after !== before) throw new Broken(`${after - before} buffers alive when all results are given back`)
    await separate(subject, world, scenario)
  },
}

const separate = async <B extends Shaped>({ tx }: Subject, world: World<B>, { params, steps: given }: Scenario) => {
  const own = machine(tx.form, world)
  const start = put(world, params)
  const state = own.init(start)
  const { grads, extra } = givenIn(world, given[0]!)
  const { updates, state: next } = own.update(grads, state, start, extra)
  world.drop([updates, state, grads, extra, start])
  try {
    await get(world, next)
  } catch (error) {
    throw new Broken(`giving back updates and inputs took the new state with them: ${(error as Error).message}`)
  }
  world.drop(next)
}
