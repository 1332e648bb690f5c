/** Where laws run transformations: on tensors of the active backend, on arrays in a memory of our own, or on plain numbers. */

import * as tf from '@tensorflow/tfjs-core'
import { NdArray } from '../../lib/data/ndArray.ts'
import { isBranch, type Tree, treeMap } from '../../lib/data/tree.ts'
import type { Extra, Form } from '../../lib/form/form.ts'
import { Heap } from '../../lib/hosts/arrays/heap.ts'
import { arraysHost } from '../../lib/hosts/arrays/host.ts'
import { ArrayLeaf } from '../../lib/hosts/arrays/leaf.ts'
import { giveBackTree } from '../../lib/hosts/arrays/trainingHost.ts'
import type { Engine, Shaped } from '../../lib/hosts/engine.ts'
import { float64Host } from '../../lib/hosts/float64/host.ts'
import type { Host } from '../../lib/hosts/host.ts'
import { dispose } from '../../lib/hosts/tfjs/dispose.ts'
import { tfjsHost } from '../../lib/hosts/tfjs/host.ts'
import { isTensor } from '../../lib/hosts/tfjs/tensor.ts'
import { initForm, runForm } from '../../lib/run/runForm.ts'

/** A kind of buffers and how transformations run on them. */
export interface World<B extends Shaped = Shaped> {
  readonly name: string
  readonly domain: Host<B>
  readonly isBuffer: (x: unknown) => x is B
  readonly put: (numbers: NdArray) => B
  readonly get: (buffer: B) => Promise<NdArray>
  /** How many buffers are alive; 0 where nobody counts. */
  readonly alive: () => number
  readonly drop: (tree: unknown) => void
  /** True where nothing but rounding to float32 is to be expected of it. */
  readonly rounds: boolean
  /** What no call takes in the place of a leaf; the caller drops what is made. Absent where nobody asks. */
  readonly wrong?: WrongLeaves<B>
}

export interface WrongLeaves<B> {
  /** One that was given back. */
  readonly gone: (leaf: B) => unknown
  /** One of the same shape that is of another kind. */
  readonly foreign: (leaf: B) => unknown
  /** One of this shape. */
  readonly shaped: (shape: readonly number[]) => B
}

const isArray = (x: unknown): x is NdArray => x instanceof NdArray

/** Plain numbers: the meaning. */
export const numberWorld: World<NdArray> = {
  name: 'float64',
  domain: float64Host,
  isBuffer: isArray,
  put: ({ data, shape }) => new NdArray(Float64Array.from(data), shape),
  get: async ({ data, shape }) => new NdArray(Float64Array.from(data), shape),
  alive: () => 0,
  drop: () => undefined,
  rounds: false,
}

/** Tensors on the active backend, run by its own engine or by the one that is given. */
export const tensorWorld = (engine?: Engine<tf.Tensor, unknown>): World<tf.Tensor> => ({
  name: engine?.name ?? tfjsHost.engine().name,
  domain: engine ? { ...tfjsHost, engine: () => engine } : tfjsHost,
  isBuffer: isTensor,
  put: ({ data, shape }) => tf.tensor(Float32Array.from(data), [...shape], 'float32'),
  get: async (tensor) => new NdArray(Float64Array.from(await tensor.data()), [...tensor.shape]),
  alive: () => tf.memory().numTensors,
  drop: dispose,
  rounds: true,
  wrong: {
    gone: (leaf) => {
      const other = tf.clone(leaf)
      other.dispose()
      return other
    },
    foreign: ({ shape }) => tf.zeros(shape, 'int32'),
    shaped: (shape) => tf.zeros([...shape]),
  },
})

/** Float32 arrays in a memory of their own. */
export const arrayWorld = (): World<ArrayLeaf> => {
  const [heap, another] = [new Heap(), new Heap()]
  const gone = ({ shape }: ArrayLeaf): ArrayLeaf => {
    const leaf = heap.make(shape)
    heap.giveBack(leaf)
    return leaf
  }
  return {
    name: 'arrays',
    domain: arraysHost(heap),
    isBuffer: (x) => x instanceof ArrayLeaf,
    put: ({ data, shape }) => {
      const leaf = heap.make(shape)
      leaf.data.set(data)
      return leaf
    },
    get: async ({ data, shape }) => new NdArray(Float64Array.from(data), shape),
    alive: () => heap.alive,
    drop: (tree) => giveBackTree(heap, tree),
    rounds: true,
    wrong: { gone, foreign: ({ shape }) => another.make(shape), shaped: (shape) => heap.make(shape) },
  }
}

/** A tree or a state as the engine's buffers. */
export const put = <B extends Shaped>(world: World<B>, tree: unknown): Tree<B> =>
  treeMap(tree as Tree<unknown>, (leaf) => (isArray(leaf) ? world.put(leaf) : (leaf as B)))

/** The numbers of a tree or a state, read all at once; what is no buffer stays. */
export const get = async <B extends Shaped>(world: World<B>, tree: unknown): Promise<Tree<NdArray>> => {
  if (world.isBuffer(tree)) return world.get(tree)
  if (!isBranch(tree)) return tree as NdArray
  const entries = Object.entries(tree)
  const values = await Promise.all(entries.map(([, child]) => get(world, child)))
  return Array.isArray(tree) ? values : Object.fromEntries(entries.map(([key], i) => [key, values[i]!]))
}

/** What a run makes: of `updates`, `params` and `ahead` those that its mode asks for. */
export interface Ran<B> {
  readonly updates?: Tree<B>
  readonly params?: Tree<B>
  readonly ahead?: Tree<B>
  readonly state: unknown
}

/** A form on a world. */
export interface Machine<B extends Shaped> {
  init(params: Tree<B>): unknown
  update(grads: Tree<B>, state: unknown, params: Tree<B> | undefined, extra?: Extra): Ran<B>
  step(grads: Tree<B>, state: unknown, params: Tree<B>, extra?: Extra, donate?: boolean): Ran<B>
  lookahead(
    grads: Tree<B>,
    state: unknown,
    params: Tree<B>,
    extra?: Extra,
    /** The place where the gradients were taken; with `donate` it is given up, and so are the gradients, the parameters and the state. */
    place?: { readonly ahead: Tree<B> | undefined; readonly donate: boolean },
  ): Ran<B>
}

export const machine = <B extends Shaped>(form: Form, { domain }: World<B>): Machine<B> => ({
  init: (params) => initForm(form, params, domain),
  update: (grads, state, params, extra) => runForm(form, 'update', { grads, state, params, extra }, domain),
  step: (grads, state, params, extra, donate) => runForm(form, 'step', { grads, state, params, extra, donate }, domain),
  lookahead: (grads, state, params, extra, { ahead, donate } = { ahead: undefined, donate: false }) => {
    const given = { grads, state, params, extra, donate, spend: donate, ahead }
    return runForm(form, 'lookahead', given, domain)
  },
})
