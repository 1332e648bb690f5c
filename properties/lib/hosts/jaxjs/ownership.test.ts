/** Who owns what: hundreds of steps of each path, a thousand of some, leave as many arrays alive as a hundred, and the last tree is the only one. */
import { blockUntilReady, jit, numpy as np, tree } from '@jax-js/jax'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  masked,
  partition,
  scaleByPolyak,
  sgd,
} from '../../../../lib/core.ts'
import { type JaxArray, type JaxTree, toJaxjs, withGradient, withLookaheadGradient } from '../../../../lib/jaxjs.ts'
import { openJaxjs } from '../../../devices/jaxjs.ts'

const { alive } = await openJaxjs('wasm')

type Weights = { w: JaxArray; b: JaxArray }
const weights = (): Weights => ({ w: np.array([1, -2, 3]), b: np.array([0.5, -1.5]) })
const gradient = (t: number): Weights => ({ w: np.array([0.5 + t / 1000, -1, 2]), b: np.array([1, t / 500]) })
const loss = ({ w, b }: Weights): JaxArray => np.sum(np.square(w)).add(np.sum(np.square(b)))

/** A path: what it carries from step to step, and a step. */
interface Path {
  readonly start: () => unknown
  readonly step: (carried: never, t: number) => unknown
}

const plain = chain(clipByGlobalNorm(1), adamw(0.01))
const marked = adamw(0.01, { predictSteps: 1 })

/** `update` of the shape of jax-js's optimizers, its updates added by hand. */
const updating = (tx: GradientTransformation): Path => {
  const own = toJaxjs(tx)
  return {
    start: () => {
      const params = weights()
      return { state: own.init(tree.ref(params)), params }
    },
    step: ({ params, state }: { params: Weights; state: JaxTree }, t) => {
      const [u, next] = own.update(gradient(t), state, tree.ref(params))
      return { params: { w: params.w.add(u.w), b: params.b.add(u.b) }, state: next }
    },
  }
}

const stepping = (tx: GradientTransformation, wrap: (f: never) => unknown = (f) => f): Path => {
  const own = toJaxjs(tx)
  const step = wrap(((grads: Weights, state: JaxTree, params: Weights, value: number) =>
    own.step(grads, state, params, { value })) as never) as typeof own.step
  return {
    start: () => {
      const params = weights()
      return { state: own.init(tree.ref(params)), params }
    },
    step: ({ params, state, ahead }: { params: Weights; state: JaxTree; ahead?: Weights }, t) => {
      if (ahead) tree.dispose(ahead)
      return step(gradient(t), state, params, t as never)
    },
  }
}

const training = (driver: typeof withGradient, tx: GradientTransformation, scalars: 'host' | 'graph'): Path => {
  const { init, step } = driver(loss, tx, { scalars, extra: () => ({ value: 1 }) })
  return {
    start: () => init(weights()),
    step: (train) => {
      const next = step(train)
      next.value.dispose()
      return next.train
    },
  }
}

const lookahead = withLookaheadGradient as unknown as typeof withGradient
const byLeaf = partition({ fast: sgd(0.1, { momentum: 0.9 }), slow: adam(0.01) }, { w: 'fast', b: 'slow' })
const withSignal = chain(scaleByPolyak(), sgd(0.1))

const paths: Readonly<Record<string, () => Path>> = {
  'toJaxjs, update': () => updating(adam(0.01)),
  'toJaxjs, step': () => stepping(adam(0.01)),
  'toJaxjs, step with a forecast': () => stepping(marked),
  'toJaxjs, step by a plain schedule': () => stepping(sgd((t) => 0.1 / (t + 1))),
  'toJaxjs, step of a partition': () => stepping(byLeaf),
  'toJaxjs, step of a mask': () => stepping(masked(adam(0.01), { w: true, b: false })),
  'toJaxjs, step under a jit': () => stepping(plain, jit as never),
  'toJaxjs, step with a forecast under a jit': () => stepping(marked, jit as never),
  'withGradient, host': () => training(withGradient, plain, 'host'),
  'withGradient, graph': () => training(withGradient, plain, 'graph'),
  'withGradient, a partition, host': () => training(withGradient, byLeaf, 'host'),
  'withGradient, a partition, graph': () => training(withGradient, byLeaf, 'graph'),
  'withGradient, a signal, host': () => training(withGradient, withSignal, 'host'),
  'withGradient, a signal, graph': () => training(withGradient, withSignal, 'graph'),
  'withLookaheadGradient, host': () => training(lookahead, marked, 'host'),
  'withLookaheadGradient, graph': () => training(lookahead, marked, 'graph'),
}

/** One path of each kind; the others go as far by `npm run laws`. */
const far = ['toJaxjs, update', 'toJaxjs, step under a jit', 'withGradient, host', 'withLookaheadGradient, graph']

describe.each(Object.entries(paths))('%s', (name, make) => {
  const steps = far.includes(name) || process.env.FOREGRAD_LAWS === 'all' ? 1000 : 300
  test(`holds as much after ${steps} steps as after 100`, { timeout: 120_000 }, async () => {
    const { start, step } = make()
    let carried = start()
    const after: number[] = []
    for (let t = 0; t < steps; t++) {
      carried = step(carried as never, t)
      // jax-js is lazy: what waits holds memory.
      if (t % 10 === 9) await blockUntilReady(carried as never)
      if (t % 100 === 99) after.push(alive())
    }
    expect(new Set(after).size).toBe(1)
    const before = alive()
    tree.dispose(carried as never)
    expect(alive()).toBeLessThan(before)
  })
})

test('a clip by the norm of many leaves leaves nothing', async () => {
  const many = (x: number): JaxArray[] => Array.from({ length: 30 }, (_, i) => np.array([x + i, -x]))
  const { init, step } = withGradient(
    (params: JaxArray[], target: JaxArray) =>
      params.map((p) => np.sum(np.square(p.sub(target.ref)))).reduce((a, b) => a.add(b)),
    plain,
  )
  let train = init(many(1))
  const after: number[] = []
  for (let t = 0; t < 20; t++) {
    const next = step(train, np.array(0))
    train = next.train
    next.value.dispose()
    await blockUntilReady([train.params, train.state] as never)
    after.push(alive())
  }
  expect(new Set(after.slice(2)).size).toBe(1)
  tree.dispose([train.params, train.state] as never)
})

test('a call that fails consumes nothing and leaves nothing', () => {
  const own = toJaxjs(plain)
  const { init, step } = withGradient(loss, plain)
  const [params, grads] = [weights(), gradient(1)]
  const state = own.init(tree.ref(params))
  const train = init(tree.ref(params))
  const spent = weights()
  tree.dispose(spent)
  const before = alive()
  for (let i = 0; i < 100; i++) {
    expect(() => own.step({ w: grads.w } as Weights, state, params)).toThrow(/updates/)
    expect(() => own.update(grads, state, spent)).toThrow(/params\.w/)
    expect(() => step({ ...train, params: spent })).toThrow(/^train\.params\.w/)
  }
  expect(alive()).toBe(before)
  expect([grads.w.refCount, params.w.refCount]).toEqual([1, 2])
})
