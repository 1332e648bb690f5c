import * as tf from '@tensorflow/tfjs-core'
import { ForegradError } from '../../lib/data/error.ts'
import { isBranch, type Tree, treeLeaves, treeWithLeaves } from '../../lib/data/tree.ts'
import { isTensor } from '../../lib/hosts/tfjs/tensor.ts'
import { Broken, type Law } from './law.ts'
import { runs } from './runs.ts'
import { sameNumbers } from './same.ts'
import type { Subject } from './subject.ts'
import type { Machine, Ran, World } from './world.ts'

interface Call {
  readonly grads: unknown
  readonly params: unknown
  readonly state: unknown
  readonly extra: unknown
}

/** A call that must be refused, and where the error must say the fault is. */
interface Bad {
  readonly name: string
  readonly call: Call
  readonly paths: readonly string[]
}

const tensorsOf = (tree: unknown): tf.Tensor[] => treeLeaves(tree as Tree<unknown>).filter(isTensor)

/** The tree with its last tensor replaced. */
const replaced = (tree: unknown, by: (leaf: tf.Tensor) => unknown): unknown => {
  const leaves = treeLeaves(tree as Tree<unknown>)
  const at = leaves.findLastIndex(isTensor)
  return treeWithLeaves(
    tree as Tree<unknown>,
    leaves.map((leaf, i) => (i === at ? by(leaf as tf.Tensor) : leaf)),
  )
}

const disposed = (leaf: tf.Tensor): tf.Tensor => {
  const other = tf.clone(leaf)
  other.dispose()
  return other
}

/** What is no leaf of the right kind in the place of `leaf`. The tensors among them are in `made`. */
const wrongLeaves = (made: tf.Tensor[]): Readonly<Record<string, (leaf: tf.Tensor) => unknown>> => {
  const keep = (tensor: tf.Tensor): tf.Tensor => {
    made.push(tensor)
    return tensor
  }
  return {
    'a disposed leaf': disposed,
    'an int32 leaf': (leaf) => keep(tf.zeros(leaf.shape, 'int32')),
    'a leaf of another shape': (leaf) => keep(tf.zeros([...leaf.shape, 3])),
    'null for a leaf': () => null,
    'a number for a leaf': () => 1,
    'a branch for a leaf': (leaf) => ({ wrong: leaf }),
    'nothing for a leaf': () => undefined,
  }
}

const badTrees = (good: Call, key: 'grads' | 'params' | 'state', path: string, made: tf.Tensor[]): Bad[] => {
  // Structure and shapes are those of the parameters: where these are wrong, the others do not fit them.
  const loose = (name: string): boolean => key === 'params' && /shape|deep|branch/.test(name)
  const bad = (name: string, tree: unknown): Bad => ({
    name,
    call: { ...good, [key]: tree },
    paths: loose(name) ? [] : [path],
  })
  // A tree that is one leaf would not be given at all.
  const wrong = Object.entries(wrongLeaves(made)).filter(
    ([name]) => name !== 'nothing for a leaf' || isBranch(good[key]),
  )
  const leaves = tensorsOf(good[key]).length > 0 ? wrong : []
  const others = key === 'state' ? [] : [bad(`${key} without a leaf`, {}), bad(`${key} null`, null)]
  return [
    ...leaves.map(([name, by]) => bad(`${name} in ${key}`, replaced(good[key], by))),
    bad(`${key} one level too deep`, { wrong: good[key] }),
    ...others,
  ]
}

const anotherState = { count: 'three', mu: {}, extraSlot: 1 }

const badCalls = ({ needsParams, tx }: Subject, good: Call, made: tf.Tensor[]): Bad[] => {
  // Nobody knows what a transformation written by hand keeps, unless it says so.
  const { form } = tx
  const opaque = form.kind === 'opaque' && !form.check
  const bad = (name: string, change: Partial<Call>, ...paths: string[]): Bad => ({
    name,
    call: { ...good, ...change },
    paths,
  })
  const int32 = (tree: unknown): unknown => replaced(tree, wrongLeaves(made)['an int32 leaf']!)
  return [
    ...badTrees(good, 'grads', 'updates', made),
    ...badTrees(good, 'params', 'params', made),
    ...(opaque ? [] : badTrees(good, 'state', 'state', made)),
    ...(opaque ? [] : [bad('the state of another', { state: anotherState }, 'state')]),
    ...(opaque ? [] : [bad('state null', { state: null }, 'state')]),
    ...(needsParams ? [bad('no parameters', { params: undefined }, 'params')] : []),
    bad(
      'gradients and parameters both int32',
      { grads: int32(good.grads), params: int32(good.params) },
      'updates',
      'params',
    ),
    ...(opaque
      ? []
      : [bad('bad gradients and a bad state', { grads: int32(good.grads), state: null }, 'updates', 'state')]),
  ]
}

type Attempt = (machine: Machine<tf.Tensor>, call: Call) => Ran<tf.Tensor>
const attempts: Readonly<Record<string, Attempt>> = {
  update: (machine, { grads, state, params, extra }) =>
    machine.update(grads as never, state, params as never, extra as never),
  step: (machine, { grads, state, params, extra }) =>
    machine.step(grads as never, state, params as never, extra as never),
  'step in place': (machine, { grads, state, params, extra }) =>
    machine.step(grads as never, state, params as never, extra as never, true),
}

const refused = (what: string, { paths }: Bad, attempt: () => unknown): void => {
  try {
    attempt()
  } catch (error) {
    if (!(error instanceof ForegradError)) throw new Broken(`${what}: ${error} is no ForegradError`)
    const lacking = paths.filter((path) => !error.faults.some((fault) => fault.path.includes(path)))
    if (lacking.length === 0) return
    throw new Broken(`${what}: no fault at ${lacking.join(', ')} in "${error.message}"`)
  }
  throw new Broken(`${what}: was accepted`)
}

/**
 * A call with a bad argument is refused with a `ForegradError` that names every bad argument, and leaves every tensor alive and as it was, also
 * when it was to be consumed.
 */
export const failsSafely: Law = {
  name: 'fails without harm',
  worlds: 'tensors',
  numbers: 'ordinary',
  steps: 1,
  applies: () => true,
  holds: (subject, world, scenario) =>
    runs(subject.tx.form, world as unknown as World<tf.Tensor>, scenario, async (run) => {
      const { machine, params, state, step, read } = run
      const good: Call = { ...step(0), params, state }
      const made: tf.Tensor[] = []
      const before = await read(good)
      try {
        for (const bad of badCalls(subject, good, made)) {
          for (const [name, attempt] of Object.entries(attempts)) {
            const what = `${name} with ${bad.name}`
            const alive = world.alive()
            refused(what, bad, () => attempt(machine, bad.call))
            if (world.alive() !== alive) throw new Broken(`${what}: ${world.alive() - alive} buffers more than before`)
          }
        }
        sameNumbers('what the failed calls were given', await read(good), before)
      } finally {
        world.drop(made)
      }
    }),
}
