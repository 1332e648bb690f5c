/** What a step of AdamW costs on jax-js: ours with scalars on the host, beside jax-js's own optimizer's formula, all leaves under one `jit`. */
import { fileURLToPath } from 'node:url'
import { blockUntilReady, defaultDevice, init, jit, numpy as np } from '@jax-js/jax'
import { adamw, float64 } from '../../lib/core.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { consuming, disposeTree, refTree } from '../../lib/hosts/jaxjs/consume.ts'
import { jaxjsHost } from '../../lib/hosts/jaxjs/host.ts'
import type { JaxArray } from '../../lib/jaxjs.ts'
import { initForm, runForm } from '../../lib/run/runForm.ts'
import { flagsOf } from '../flags.ts'
import { each, jaxJs, random, type Shape, shapeText } from './contestants.ts'
import { rate } from './rules.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Budget, type Contestant, quantile, raceSteps, type Times } from './timing.ts'

const [b1, b2, eps, decay] = [0.9, 0.999, 1e-8, 1e-4]
const arrays = (shape: Shape): JaxArray[] => each(shape, () => np.array(random(shape.size)))
const zeros = (shape: Shape): JaxArray[] => each(shape, () => np.zeros([shape.size]))

const ours = (shape: Shape): Contestant => {
  const { form } = adamw(rate)
  const grads = arrays(shape)
  let params = arrays(shape)
  let state = initForm(form, params, jaxjsHost)
  return {
    name: 'foregrad/jaxjs',
    step: async () => {
      const made = consuming([params, state], () => runForm(form, 'step', { grads, state, params }, jaxjsHost))
      params = made.params as JaxArray[]
      state = made.state
      await blockUntilReady([params, state] as never)
    },
    leave: () => disposeTree([grads, params, state]),
  }
}

interface Theirs {
  readonly count: JaxArray
  readonly mu: JaxArray[]
  readonly nu: JaxArray[]
  readonly params: JaxArray[]
}

/** adamw of @jax-js/optax, its formula written out: the count in the graph, all leaves in one function. */
const theirs = (shape: Shape): Contestant => {
  const update = jit(((grads: JaxArray[], { count, mu, nu, params }: Theirs) => {
    const next = count.add(1)
    const [c1, c2] = [b1, b2].map((b) => np.array(1).sub(np.exp(next.ref.mul(Math.log(b))))) as [JaxArray, JaxArray]
    const made = grads.map((g, i) => {
      const m = (mu[i] as JaxArray).mul(b1).add(g.ref.mul(1 - b1))
      const v = (nu[i] as JaxArray).mul(b2).add(np.square(g).mul(1 - b2))
      const u = m.ref.div(c1.ref).div(np.sqrt(v.ref.div(c2.ref)).add(eps))
      const p = params[i] as JaxArray
      return { m, v, p: p.ref.sub(u.add(p.mul(decay)).mul(rate)) }
    })
    c1.dispose()
    c2.dispose()
    return { count: next, mu: made.map(({ m }) => m), nu: made.map(({ v }) => v), params: made.map(({ p }) => p) }
  }) as never) as unknown as ((grads: JaxArray[], state: Theirs) => Theirs) & { readonly dispose: () => void }
  const grads = arrays(shape)
  let now: Theirs = { count: np.array(0), mu: zeros(shape), nu: zeros(shape), params: arrays(shape) }
  return {
    name: 'jax-js, one jit',
    step: async () => {
      now = update(refTree(grads), now)
      await blockUntilReady(now as never)
    },
    leave: () => {
      disposeTree([grads, now])
      update.dispose()
    },
  }
}

/** Without 1,000 leaves, for which one `jit` runs out of memory. */
const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
]

/** Steps of adamw on jax-js's wasm device, shape by shape. */
export const raceJaxjs = async (budget: Budget): Promise<readonly Times[]> => {
  await init('wasm')
  defaultDevice('wasm')
  const results: Times[] = []
  for (const shape of shapes) {
    const all = [ours(shape), { ...(await jaxJs(shape)), name: 'jax-js, a jit a leaf' }, theirs(shape)]
    results.push(await raceSteps(all.map(alone), budget))
  }
  return results
}

/** The times that a share of the steps stay under, with the ratios to foregrad. */
export const jaxjsTable = (results: readonly Times[], share: number): string =>
  table(
    ['adamw on jax-js', ...shapes.map(shapeText)],
    Object.keys(results[0]!).map((name) => [
      name,
      ...results.map((times) => {
        const [own, other] = [quantile(times['foregrad/jaxjs']!, share), quantile(times[name]!, share)]
        return name === 'foregrad/jaxjs' ? milliseconds(own) : `${milliseconds(other)} (${ratio(other / own)})`
      }),
    ]),
  )

/** How far foregrad on jax-js is from float64 after so many steps of adamw: the largest difference beside max(1, |p|). */
export const farFromFloat64 = async (steps = 30): Promise<number> => {
  await init('wasm')
  defaultDevice('wasm')
  const tx = adamw(rate)
  const reader = float64(tx)
  const size = 10_000
  const start = random(size)
  let params: unknown = new NdArray(Float64Array.from(start), [size])
  let state: unknown = reader.init(params as never)
  let found: unknown = np.array(start)
  let held: unknown = initForm(tx.form, found as JaxArray, jaxjsHost)
  for (let t = 0; t < steps; t++) {
    const numbers = random(size)
    ;({ params, state } = reader.step(new NdArray(Float64Array.from(numbers), [size]), state as never, params as never))
    const given = { grads: np.array(numbers), state: held, params: found as JaxArray }
    const made = consuming(Object.values(given), () => runForm(tx.form, 'step', given, jaxjsHost))
    found = made.params
    held = made.state
  }
  const numbers = await (found as JaxArray).data()
  disposeTree(held)
  return Math.max(
    ...Array.from((params as NdArray).data, (x, i) => Math.abs(numbers[i]! - x) / Math.max(1, Math.abs(x))),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  flagsOf({
    name: 'examples/benchmarks/jaxjs.ts',
    about: 'Times a step of adamw on jax-js beside its own way, and says how far it is from float64.',
    table: {},
  })
  const results = await raceJaxjs({ rounds: 5, time: 60 })
  console.log(jaxjsTable(results, 0.5))
  console.log(`30 steps, beside float64: ${(await farFromFloat64()).toExponential(1)}`)
  // jax-js keeps its workers.
  process.exit(0)
}
