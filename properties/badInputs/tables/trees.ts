/** Trees and leaves that are none, at every place where one is given. */
import * as tf from '@tensorflow/tfjs-core'
import * as f from '../../../lib/index.ts'
import { donated, goodLoss, held, type Row, weights } from '../row.ts'
import { cycle, deep, noLeaves } from '../values.ts'

const tx = f.sgd(0.1, { momentum: 0.9 })
const setting = () => {
  const params = weights()
  return { grads: weights(), params, state: tx.init(params) }
}
type Setting = ReturnType<typeof setting>

/** What the three are called in a fault. */
const names = { grads: 'updates', params: 'params', state: 'state[0].trace' } as const
type Place = keyof typeof names
const places = Object.keys(names) as Place[]

const mismatch = (...paths: readonly string[]) => ({ code: 'tree-mismatch', paths }) as const
const goneNames = ['a disposed tensor', 'an object of the class of tensors']
const codeOf = (name: string): f.ErrorCode => (goneNames.includes(name) ? 'disposed-tensor' : 'tree-mismatch')

/** The setting with another tree at a place; in the state it is the slot's. */
const withTree = (all: Setting, place: Place, tree: unknown): Setting =>
  ({ ...all, [place]: place === 'state' ? [{ trace: tree }, ...all.state.slice(1)] : tree }) as Setting

const stepWith = (all: Setting, donate: boolean): unknown =>
  f.step(tx, all.grads, all.state as never, all.params, { donate })

/** What turns out to be a branch: which place in it is told, other tables and tests say. */
const branches: readonly string[] = [
  ...['a cycle', 'an array with holes', 'ten thousand levels', 'an object without prototype'],
  'a record with a key of Object.prototype',
]

const wrongLeaves: readonly Row[] = noLeaves.flatMap(([name, make]) =>
  places.map((place) => {
    const path = `${names[place]}.w`
    return donated(
      `${place}: ${name} for a leaf`,
      (donate) => {
        const all = setting()
        const wrong = withTree(all, place, { ...weightsIn(all, place), w: make() })
        return { given: all, call: () => stepWith(wrong, donate) }
      },
      { code: codeOf(name), paths: branches.includes(name) ? [] : [path], says: path },
    )
  }),
)

const weightsIn = (all: Setting, place: Place): object =>
  place === 'state' ? (all.state[0] as { readonly trace: object }).trace : all[place]

/** Trees of another structure: what stands in it beside the right leaves, and the places that are told. */
const structures: Readonly<Record<string, readonly [(tree: Record<string, unknown>) => unknown, string]>> = {
  'a leaf too few': [({ w }) => ({ w }), '.b'],
  'a leaf too many': [(tree) => ({ ...tree, c: tree.b }), '.c'],
  'a leaf too many, named as a member of Object.prototype': [
    (tree) => ({ ...tree, constructor: tree.b }),
    '.constructor',
  ],
  'a leaf of another name': [({ w, b }) => ({ w, bias: b }), '.bias'],
  'a record for a leaf': [({ w, b }) => ({ w: { w }, b }), '.w'],
  'a list for a record': [({ w, b }) => [w, b], ''],
  'a leaf for a record': [({ w }) => w, ''],
  'leaves exchanged': [({ w, b }) => ({ w: b, b: w }), '.w'],
}

const wrongStructures: readonly Row[] = Object.entries(structures).flatMap(([name, [change, at]]) =>
  (['grads', 'state'] as const).map((place) =>
    donated(
      `${place}: ${name}`,
      (donate) => {
        const all = setting()
        const wrong = withTree(all, place, change(weightsIn(all, place) as never))
        return { given: all, call: () => stepWith(wrong, donate) }
      },
      mismatch(`${names[place]}${at}`),
    ),
  ),
)

/** Leaves of another shape or type, which are tensors, and given. */
const tensors: Readonly<Record<string, () => tf.Tensor>> = {
  'a longer vector': () => tf.tensor1d([1, 2, 3]),
  'a matrix': () => tf.tensor2d([[1, 2]]),
  'a scalar': () => tf.scalar(1),
  'an empty vector': () => tf.tensor1d([]),
  int32: () => tf.tensor1d([1, 2], 'int32'),
  bool: () => tf.tensor1d([true, false], 'bool'),
  string: () => tf.tensor1d(['a', 'b']),
}

const wrongTensors: readonly Row[] = Object.entries(tensors).flatMap(([name, make]) =>
  (['grads', 'state'] as const).map((place) =>
    donated(
      `${place}: ${name} for a leaf`,
      (donate) => {
        const all = setting()
        const leaf = make()
        const wrong = withTree(all, place, { ...weightsIn(all, place), w: leaf })
        return { given: [all, leaf], call: () => stepWith(wrong, donate) }
      },
      mismatch(`${names[place]}.w`),
    ),
  ),
)

/** Functions that take one tree, and what it is called. */
const takers: Readonly<Record<string, readonly [(tree: never) => unknown, string]>> = {
  'init of a rule': [(tree) => f.adam(0.1).init(tree), 'params'],
  'init of a stage by hand': [(tree) => f.chain(f.orthogonalize(), f.adam(0.1)).init(tree), 'params'],
  valueAndGrad: [(tree) => f.valueAndGrad(goodLoss)(tree), 'params'],
  'init of a driver': [(tree) => f.withGradient(goodLoss, tx).init(tree), 'params'],
  'init of a driver with a forecast': [
    (tree) => f.withLookaheadGradient(goodLoss, f.adam(0.1, { predictSteps: 1 })).init(tree),
    'params',
  ],
  normalTree: [(tree) => f.normalTree(f.seedKey(1), tree), 'normalTree: like'],
}

const wrongTrees: readonly Row[] = Object.entries(takers).flatMap(([name, [call, root]]) => [
  ...noLeaves.map(([what, make]) =>
    held(
      `${name}: ${what} for a leaf`,
      () => {
        const tree = weights()
        return { given: tree, call: () => call({ ...tree, w: make() } as never) }
      },
      {
        code: codeOf(what),
        paths: branches.includes(what) ? [] : [`${root}.w`],
        says: `${root}.w`,
      },
    ),
  ),
  ...[{}, [], { a: {} }, null, undefined, Symbol('x'), 3].map((x, i) =>
    held(`${name}: no tree ${i}`, () => ({ call: () => call(x as never) }), { ...mismatch(), says: root }),
  ),
])

const pairs: readonly Row[] = [
  ...[cycle, deep].flatMap((make, i) => [
    held(
      `applyUpdates of what has no end ${i}`,
      () => {
        const params = weights()
        return { given: params, call: () => f.applyUpdates(params, make() as never) }
      },
      mismatch(),
    ),
    held(
      `applyUpdates to what has no end ${i}`,
      () => {
        const updates = weights()
        return { given: updates, call: () => f.applyUpdates(make() as never, updates as never) }
      },
      mismatch(),
    ),
    held(
      `dispose of what has no end ${i}`,
      () => {
        const tree = weights()
        return { given: tree, call: () => f.dispose({ tree, beside: make() }) }
      },
      mismatch(),
    ),
    held(
      `toData of what has no end ${i}`,
      () => {
        const tree = weights()
        return { given: tree, call: () => f.toDataAsync({ tree, beside: make() }) }
      },
      { code: 'bad-argument', paths: [] },
    ),
  ]),
]

export const trees: readonly Row[] = [...wrongLeaves, ...wrongStructures, ...wrongTensors, ...wrongTrees, ...pairs]
