import type { Shaped } from '../../lib/hosts/engine.ts'
import type { Scenario } from '../arbitraries/scenarios.ts'
import { Broken, type Law } from './law.ts'
import { givenIn } from './runs.ts'
import { sameNumbers } from './same.ts'
import type { Subject } from './subject.ts'
import { get, machine, put, type World } from './world.ts'

interface Told {
  readonly params: unknown
  readonly state: unknown
  readonly ahead: unknown
  readonly counts: readonly number[]
}

/** All steps, with donation or with the old trees given back by hand. */
const train = async <B extends Shaped>(
  { tx }: Subject,
  world: World<B>,
  { params: numbers, steps }: Scenario,
  donate: boolean,
): Promise<Told> => {
  const own = machine(tx.form, world)
  let params = put(world, numbers)
  let state = own.init(params)
  let ahead = params
  const counts: number[] = []
  for (const step of steps) {
    const { grads, extra } = givenIn(world, step)
    const made = own.lookahead(grads, state, params, extra, { ahead, donate })
    world.drop(extra)
    if (!donate) world.drop([grads, params, state, ahead])
    params = made.params!
    state = made.state
    ahead = made.ahead ?? params
    counts.push(world.alive())
  }
  const told = { params: await get(world, params), state: await get(world, state), ahead: await get(world, ahead) }
  world.drop([params, state, ahead])
  return { ...told, counts }
}

/** Donating gradients, parameters, state and forecast changes no number, and leaves as many buffers alive. */
export const donateIsTheSame: Law = {
  name: 'steps the same in place',
  worlds: 'tensors',
  numbers: 'any',
  steps: 4,
  applies: () => true,
  holds: async (subject, world, scenario) => {
    const before = world.alive()
    const { counts: kept, ...plain } = await train(subject, world, scenario, false)
    const { counts, ...donated } = await train(subject, world, scenario, true)
    sameNumbers('donated', donated, plain)
    if (counts.join() !== kept.join()) throw new Broken(`buffers alive: ${counts} in place, ${kept} otherwise`)
    if (world.alive() !== before) throw new Broken(`${world.alive() - before} buffers left over`)
  },
}
