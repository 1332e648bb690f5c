/**
 * The engine on jax-js: one `jit` for each structure of a pass and shape of a leaf.
 *
 * Numbers of the host are arguments, each an array of one number, so that another learning rate compiles nothing. (All in one array they cost half
 * as much again: each kernel indexes it for every element.) A pass runs leaf after leaf: jax-js
 * is quadratic in the outputs of one `jit`, since each of them keeps a list of all that is pending. So a clip by the norm of the tree is a
 * `jit` a leaf for the sums, their sum, and a `jit` a leaf that uses it.
 */
import { jit, numpy as np } from '@jax-js/jax'
import type { ReduceOp } from '../../expr/expr.ts'
import type { Engine, PassCall, PassResult } from '../engine.ts'
import { isJaxArray, isKnown, type JaxArray } from './array.ts'
import { type LeafGiven, type LeafMade, leafPass } from './leafPass.ts'
import { operationsOf, scalar } from './operations.ts'
import { arraysIn, owned, scoped } from './scope.ts'

type Call = PassCall<JaxArray, JaxArray>
type LeafFunction = (given: LeafGiven) => LeafMade

const functions = new Map<string, LeafFunction>()

/** How many functions were made: a test's way to know that a loop makes none. */
export const jaxjsCounters = { jits: 0 }

const functionFor = ({ pass, shapes }: Call, leaf: number): LeafFunction => {
  const shape = shapes[leaf] as readonly number[]
  const key = `${pass.key} | ${shape.join()}`
  const known = functions.get(key)
  if (known) return known
  const made = leafPass(pass, shape)
  // jax-js has no arrays without elements in a kernel.
  const wrapped = (shape.includes(0) ? made : jit(made as never)) as LeafFunction
  functions.set(key, wrapped)
  jaxjsCounters.jits++
  return wrapped
}

type Value = number | JaxArray

/** A reference to a value as an array. */
const asArray = (x: Value): JaxArray => (typeof x === 'number' ? scalar(x) : x.ref)

/** A list for each uniform that differs between leaves, an array of the call's own for each that does not. */
const valuesOf = ({ pass, uniforms }: Call): readonly (JaxArray | readonly Value[])[] =>
  pass.uniforms.map(({ perLeaf }, k) => (perLeaf ? (uniforms[k] as readonly Value[]) : asArray(uniforms[k] as Value)))

const runLeaf = (call: Call, leaf: number, values: readonly (JaxArray | readonly Value[])[]): LeafMade => {
  const made = functionFor(
    call,
    leaf,
  )({
    reads: call.reads.map((list) => (list[leaf] as JaxArray).ref),
    values: values.map((x) => asArray(isJaxArray(x) ? x : (x[leaf] as Value))),
  })
  for (const x of [...made.outputs, ...made.reductions]) owned(x)
  return made
}

const { scalars } = operationsOf(owned)
const combine = { sum: scalars.binary.add, max: scalars.binary.max }

/** Where a number can be read while the program waits; a GPU would have to be stopped for it. */
const readsAtOnce: ReadonlySet<string> = new Set(['cpu', 'wasm'])

/** Computes arrays at once, but for a GPU. */
export const settle = (tree: unknown): void => {
  for (const x of arraysIn(tree)) if (isKnown(x) && readsAtOnce.has(x.device)) x.ref.dataSync()
}

/** Up to how many leaves the sum over them may wait. */
const waitsUpTo = 4

/**
 * One number of all leaves; of many it is computed at once, but for a GPU. What waits is kept in a list by everything that is made of it: of 40 leaves that use
 * it, each output keeps all 40 sums, and a step takes fifteen times as long.
 */
const overTree = (parts: readonly JaxArray[], op: ReduceOp): JaxArray => {
  const all = parts.reduce(combine[op])
  if (parts.length > waitsUpTo && isKnown(all) && readsAtOnce.has(all.device)) all.ref.dataSync()
  return all
}

const run = (call: Call): PassResult<JaxArray, JaxArray> => {
  const values = valuesOf(call)
  const leaves = call.shapes.map((_, leaf) => runLeaf(call, leaf, values))
  for (const x of values) if (isJaxArray(x)) x.dispose()
  return {
    outputs: call.pass.outputs.map((_, j) => leaves.map(({ outputs }) => outputs[j] as JaxArray)),
    reductions: call.pass.reductions.map(({ op, over }, j) => {
      const parts = leaves.map(({ reductions }) => reductions[j] as JaxArray)
      return over === 'tree' ? overTree(parts, op) : parts
    }),
  }
}

/** Another array of the same numbers in the same memory, which jax-js counts. */
const another = (x: JaxArray): JaxArray => owned(x.ref.reshape([...x.shape]))

export const jaxjsEngine: Engine<JaxArray, JaxArray> = {
  name: 'jax-js',
  fast: true,
  scalars,
  run,
  read: (buffer) => buffer,
  write: another,
  fill: (shape, value) => owned(np.full([...shape], value, { dtype: np.float32 })),
  copy: another,
  identity: (buffer) => buffer,
  dispose: (buffer) => buffer.dispose(),
  scope: scoped,
}
