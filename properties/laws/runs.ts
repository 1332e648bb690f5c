/** What most laws begin and end with: buffers for a scenario, all of them given back. */

import type { NdArray } from '../../lib/data/ndArray.ts'
import type { Tree } from '../../lib/data/tree.ts'
import type { Extra, Form } from '../../lib/form/form.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'

import type { Given, Scenario } from '../arbitraries/scenarios.ts'
import { get, type Machine, machine, put, type Ran, type World } from './world.ts'

/** A step's gradients and extra arguments in a world. */
export interface Step<B> {
  readonly grads: Tree<B>
  readonly extra: Extra
}

/** A scenario in a world. */
export interface Run<B extends Shaped> {
  readonly machine: Machine<B>
  readonly params: Tree<B>
  readonly state: unknown
  readonly step: (t: number) => Step<B>
  readonly read: (tree: unknown) => Promise<Tree<NdArray>>
}

export const givenIn = <B extends Shaped>(world: World<B>, { grads, signals, trees }: Given): Step<B> => ({
  grads: put(world, grads),
  extra: { ...signals, ...(put(world, trees) as object) },
})

/** Everything that is made while `body` runs, a machine's results too, is given back when it ends. */
export const runs = async <B extends Shaped, T>(
  form: Form,
  world: World<B>,
  { params: numbers, steps }: Scenario,
  body: (run: Run<B>) => Promise<T>,
): Promise<T> => {
  const made: unknown[] = []
  const keep = <A>(tree: A): A => {
    made.push(tree)
    return tree
  }
  const own = machine(form, world)
  const watched: Machine<B> = {
    init: (...given) => keep(own.init(...given)),
    update: (...given) => keep(own.update(...given)),
    step: (...given) => keep(own.step(...given)),
    lookahead: (...given) => keep(own.lookahead(...given)),
  }
  try {
    const params = keep(put(world, numbers))
    const state = watched.init(params)
    const given = steps.map((step) => keep(givenIn(world, step)))
    const step = (t: number): Step<B> => given[t] as Step<B>
    return await body({ machine: watched, params, state, step, read: (tree) => get(world, tree) })
  } finally {
    world.drop(made)
  }
}

/** All steps of a scenario, one after another: what the last one made, as numbers. */
export const runThrough = <B extends Shaped>(
  form: Form,
  world: World<B>,
  scenario: Scenario,
  take: 'update' | 'step' | 'lookahead',
): Promise<Ran<NdArray>> =>
  runs(form, world, scenario, async ({ machine: own, params, state, step, read }) => {
    let last: Ran<B> = { params, state }
    scenario.steps.forEach((_, t) => {
      const { grads, extra } = step(t)
      const next = own[take](grads, last.state, last.params ?? params, extra)
      last = { ...next, ...(take === 'update' && { params }) }
    })
    return (await read(last)) as unknown as Ran<NdArray>
  })
