/** Methods that work on numbers elsewhere, on a device whose numbers cannot be read at once: recorded trajectories of others' code. */
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import {
  type ApolloOptions,
  apollo,
  dispose,
  explain,
  type GaloreOptions,
  type GradientTransformation,
  galore,
  type MuonOptions,
  muon,
  type Params,
  type ShampooOptions,
  type SoapOptions,
  scaleByAdam,
  shampoo,
  soap,
  step,
} from '../../../../lib/index.ts'
import { describeEngines, testEngine } from '../../../devices/engines.ts'
import { distance, type Numbers } from '../../../golden/golden.ts'
import { type Run, recorded } from '../../../golden/methods/replay.ts'

const build: Readonly<Record<string, (options: never) => GradientTransformation>> = {
  soap: (options: SoapOptions) => soap(0.05, { ...options, weightDecay: 0 }),
  shampoo: (options: ShampooOptions) => shampoo(0.05, options),
  galore: (options: GaloreOptions) => galore(0.05, { ...options, baseOptimizer: scaleByAdam({ eps: 0 }) }),
  apollo: (options: ApolloOptions) => apollo(0.05, options),
  muon: (options: MuonOptions) => muon(0.1, options),
}
const isOnNumbers = (name: string, options: object): boolean =>
  (name !== 'apollo' || 'proj' in options) &&
  (name !== 'muon' || Reflect.get(options, 'preconditioning') === 'spectral')

/** A device in software takes seconds for a step: in the short form the first run of each, and few steps; FOREGRAD_LAWS=all (`npm run laws`) for more. */
const isLong = process.env.FOREGRAD_LAWS === 'all'
const stepsOf = (name: string): number => (name === 'shampoo' ? 1 : 3) * (isLong ? 2 : 1)

const rows = Object.keys(build).flatMap((name) => {
  const { runs, start, grads } = recorded<Run<object>>(name)
  const own = runs.filter(({ options }) => isOnNumbers(name, options))
  return own
    .slice(0, isLong ? own.length : 1)
    .map((run) => [`${name} ${JSON.stringify(run.options)}`, name, run, start, grads] as const)
})

const toTensors = (tree: Numbers, names: readonly string[]): Params =>
  Object.fromEntries(names.map((name) => [name, tf.tensor(tree[name] as number[])]))

describeEngines([testEngine('webgpu')], () => {
  test.each(rows)(
    '%s is met within 3e-4, and nothing is left',
    async (_, name, run, start, grads) => {
      const names = Object.keys(run.params[0] as Numbers)
      const before = tf.memory().numTensors
      const tx = build[name]!(run.options as never)
      let params = toTensors(start, names)
      let state: unknown = tx.init(params)
      const count = Math.min(stepsOf(name), run.params.length)
      for (const g of grads.slice(0, count)) {
        const given = toTensors(g, names)
        const made = step(tx, given, state, params, { donate: true })
        params = made.params
        state = made.state
        dispose(given)
      }
      const entries = await Promise.all(
        Object.entries(params as Record<string, tf.Tensor>).map(async ([leaf, x]) => [leaf, await x.array()] as const),
      )
      expect(distance(Object.fromEntries(entries) as never, run.params[count - 1])).toBeLessThanOrEqual(3e-4)
      dispose([params, state] as never)
      expect(tf.memory().numTensors).toBe(before)
    },
    300_000,
  )

  test('explain says that it is done there by array operations', () => {
    expect(String(explain(shampoo(0.1)))).toContain(
      'inverse roots by array operations, since nothing can be read at once',
    )
    expect(String(explain(soap(0.1)))).not.toContain("the host's numbers")
  })
})
