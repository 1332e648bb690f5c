import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import * as f from '../../lib/index.ts'
import { describeEngines, testEngines } from '../devices/engines.ts'

class Thing {}
type Row = readonly [name: string, call: (x: never) => unknown, path: string, code: f.ErrorCode]

/** Values that are no transformation. */
const noTransformations: readonly unknown[] = [
  ...[null, undefined, 0, 'adam', Symbol('tx'), 1n, new Map(), new Thing(), [], {}, Promise.resolve(1), () => 1],
  ...[
    { form: 1, init: 1, update: 1 },
    { form: {}, init() {}, update() {} },
    { form: null, init() {}, update() {} },
  ],
]
const loss = (p: tf.Scalar) => p
const hand = { name: 'hand', init: () => ({}), project: (p: unknown, s: unknown) => [p, s] } as never
const takers: readonly Row[] = [
  ['step', (tx) => f.step(tx, [], [] as never, []), 'step', 'bad-rule'],
  ['withGradient', (tx) => f.withGradient(loss, tx), 'withGradient: tx', 'bad-rule'],
  ['withLookaheadGradient', (tx) => f.withLookaheadGradient(loss, tx), 'withLookaheadGradient: tx', 'bad-rule'],
  ['float64', f.float64, 'float64', 'bad-rule'],
  ['show', f.show, 'show', 'bad-rule'],
  ['explain', f.explain, 'explain', 'bad-rule'],
  ['masked', (tx) => f.masked(tx, true), 'masked: inner', 'bad-rule'],
  ['chain', (tx) => f.chain(tx), 'chain: stage 0', 'bad-rule'],
  ['partition', (tx) => f.partition({ a: tx }, 'a' as never), 'partition: a', 'bad-rule'],
  ['switchEma', (tx) => f.switchEma(tx), 'switchEma: inner', 'bad-rule'],
  ['projectParams', (tx) => f.projectParams(tx, hand), 'projectParams: inner', 'bad-rule'],
  ['lookaheadPermutation', (tx) => f.lookaheadPermutation(tx, { k: 2 }), 'projectParams: inner', 'bad-rule'],
]

/** Values that are no record of options. */
const noOptions: readonly unknown[] = [
  null,
  0,
  'x',
  Symbol('x'),
  1n,
  new Map(),
  new Thing(),
  [],
  true,
  Promise.resolve(1),
]
const builders: readonly Row[] = [
  ...(['adam', 'adamw', 'amsgrad', 'lion', 'lamb', 'adabelief', 'rmsprop', 'sgd', 'adagrad', 'adam3'] as const).map(
    (name): Row => [name, (o) => f[name](0.1, o), name, 'bad-hyperparameter'],
  ),
  ...(['scaleByAdam', 'scaleByAmsgrad', 'scaleByBelief', 'scaleByLion', 'scaleByRms', 'scaleByRss'] as const).map(
    (name): Row => [name, (o) => f[name](o), name, 'bad-hyperparameter'],
  ),
  ['trainer', (o) => f.withGradient(loss, f.sgd(0.1), o), 'withGradient', 'bad-argument'],
  ['step', (o) => f.step(f.sgd(0.1), [], [] as never, [], o), 'step', 'bad-argument'],
  ['switchEma', (o) => f.switchEma(f.sgd(0.1), o), 'switchEma', 'bad-hyperparameter'],
  ['opaque', f.opaque, 'opaque', 'bad-rule'],
  ['projectParams', (o) => f.projectParams(f.sgd(0.1), o), 'projectParams', 'bad-rule'],
]

const others: readonly (readonly [string, () => unknown, f.ErrorCode, ...(readonly string[])])[] = [
  ...[[2], [-1], [1.5], [Number.NaN], ['3'], new Array(1)].map(
    (shape) =>
      [
        `ndarray of shape ${JSON.stringify(shape)}`,
        () => f.ndarray(new Float64Array(3), shape as never),
        'bad-argument',
        shape[0] === 2 ? 'ndarray' : 'ndarray: shape',
      ] as const,
  ),
  ...[null, undefined, 3, '3', {}, new Map()].map(
    (shape) =>
      [
        `ndarray of shape ${String(shape)}`,
        () => f.ndarray(new Float64Array(3), shape as never),
        'bad-argument',
        'ndarray: shape',
      ] as const,
  ),
  ...[null, undefined, 3, '3', [1, 2, 3]].map(
    (data) => [`ndarray of ${data}`, () => f.ndarray(data as never, [3]), 'bad-argument', 'ndarray: data'] as const,
  ),
  ...[1, null, undefined, 'x', {}, new Map()].map(
    (x) =>
      [
        `assignments ${String(x)}`,
        () => f.paramsFnFromAssignMap(x as never),
        'bad-hyperparameter',
        'paramsFnFromAssignMap: assignments',
      ] as const,
  ),
  [
    'rows that are none',
    () => f.paramsFnFromAssignMap([['.*', 1], [1, 2], 'x', ['a']] as never),
    'bad-hyperparameter',
    ...[1, 2, 3].map((i) => `paramsFnFromAssignMap: assignments[${i}]`),
  ],
]

const told = (call: () => unknown): f.ForegradError => {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(f.ForegradError)
    return error as f.ForegradError
  }
  throw new Error('nothing was raised')
}

const typeOf = (x: unknown): string => (x === null ? 'null' : `${typeof x} ${Object.prototype.toString.call(x)}`)

const against = (rows: readonly Row[], values: readonly unknown[]) =>
  rows.flatMap(([name, call, path, code]) =>
    values.map((x, i) => [`${name}: ${typeOf(x)} ${i}`, () => call(x as never), code, path] as const),
  )

test.each([...against(takers, noTransformations), ...against(builders, noOptions), ...others])(
  '%s is refused by its path',
  (_, call, code, ...paths) => {
    const before = tf.engine().state.numTensors
    const error = told(call as () => unknown)
    expect(tf.engine().state.numTensors).toBe(before)
    expect(error.code).toBe(code)
    const places = error.faults.map(({ path }) => path)
    for (const path of paths) expect(places).toContain(path)
  },
)

/** A stand-in for a tensor, with all that one has but numbers. */
class Fake {
  readonly dataId = {}
  readonly shape = [2]
  readonly dtype = 'float32'
  readonly size = 2
  readonly rank = 1
  readonly isDisposed = false
  dataSync = () => Float32Array.of(1, 2)
  dispose = () => undefined
}
const cycle: { w?: unknown } = {}
cycle.w = cycle
const disposedTensor = () => {
  const x = tf.tensor1d([1, 2])
  x.dispose()
  return x
}
const leaves: readonly (readonly [string, () => unknown])[] = [
  ...[null, undefined, 1, 'w', Symbol('w'), 1n, new Map(), new Thing(), Promise.resolve(1), () => 1, new Fake()].map(
    (x) => [typeOf(x), () => x] as const,
  ),
  ['a typed array', () => Float32Array.of(1, 2)],
  ['a disposed tensor', disposedTensor],
  ['an object of the class of tensors', () => Object.create(tf.Tensor.prototype)],
  ['a cycle', () => cycle],
]

describeEngines(testEngines, () => {
  const places = ['grads', 'params', 'state'] as const
  const rows = leaves.flatMap(([name, make]) =>
    places.flatMap((place) => [false, true].map((donate) => [name, place, donate, make] as const)),
  )

  test.each(rows)(
    '%s for a leaf of %s (donate: %s) is refused, and nothing is harmed',
    async (_, place, donate, make) => {
      const tree = () => ({ w: tf.tensor1d([1, 2]), b: tf.scalar(3) })
      const tx = f.sgd(0.1, { momentum: 0.9 })
      const [grads, params] = [tree(), tree()]
      const state = tx.init(params)
      const all = { grads, params, state }
      const bad = make()
      const wrong = f.treeMap({ [place]: all[place] } as never, (leaf, path) =>
        path.at(-1) === 'w' ? bad : leaf,
      ) as never
      const given = { ...all, ...(wrong as object) } as typeof all
      const before = tf.memory().numTensors
      const { faults } = told(() => f.step(tx, given.grads, given.state, given.params, { donate }))
      const name = { grads: 'updates.w', params: 'params.w', state: 'state[0].trace.w' }[place]
      expect(faults.some(({ path }) => path.startsWith(name))).toBe(true)
      expect(tf.memory().numTensors).toBe(before)
      expect(Array.from(await params.w.data())).toEqual([1, 2])
      expect(Array.from(await grads.w.data())).toEqual([1, 2])
      f.dispose(all)
    },
  )
})
