import { isBranch, type Tree, treeLeaves, treeWithLeaves } from '../../lib/data/tree.ts'
import { ForegradError } from '../../lib/errors/error.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { Broken, type Law } from './law.ts'
import { runs } from './runs.ts'
import { sameNumbers } from './same.ts'
import type { Subject } from './subject.ts'
import type { Machine, Ran, World, WrongLeaves } from './world.ts'

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

/** The world's buffers, and what it has that is none. */
type Bench<B extends Shaped> = Pick<World<B>, 'isBuffer'> & { readonly wrong: WrongLeaves<B> }

const buffersOf = <B extends Shaped>({ isBuffer }: Bench<B>, tree: unknown): B[] =>
  treeLeaves(tree as Tree<unknown>).filter(isBuffer)

/** The tree with its last buffer replaced. */
const replaced = <B extends Shaped>({ isBuffer }: Bench<B>, tree: unknown, by: (leaf: B) => unknown): unknown => {
  const leaves = treeLeaves(tree as Tree<unknown>)
  const at = leaves.findLastIndex(isBuffer)
  return treeWithLeaves(
    tree as Tree<unknown>,
    leaves.map((leaf, i) => (i === at ? by(leaf as B) : leaf)),
  )
}

/** What is no leaf of the right kind in the place of `leaf`. The buffers among them are in `made`. */
const wrongLeaves = <B extends Shaped>(
  { wrong }: Bench<B>,
  made: unknown[],
): Readonly<Record<string, (leaf: B) => unknown>> => {
  const keep = <A>(buffer: A): A => {
    made.push(buffer)
    return buffer
  }
  return {
    'a disposed leaf': wrong.gone,
    'a leaf of another kind': (leaf) => keep(wrong.foreign(leaf)),
    'a leaf of another shape': ({ shape }) => keep(wrong.shaped([...shape, 3])),
    'null for a leaf': () => null,
    'a number for a leaf': () => 1,
    'a branch for a leaf': (leaf) => ({ wrong: leaf }),
    'nothing for a leaf': () => undefined,
  }
}

const badTrees = <B extends Shaped>(
  bench: Bench<B>,
  good: Call,
  key: 'grads' | 'params' | 'state',
  path: string,
  made: unknown[],
): Bad[] => {
  // Structure and shapes are those of the parameters: where these are wrong, the others do not fit them.
  const loose = (name: string): boolean => key === 'params' && /shape|deep|branch/.test(name)
  const bad = (name: string, tree: unknown): Bad => ({
    name,
    call: { ...good, [key]: tree },
    paths: loose(name) ? [] : [path],
  })
  // A tree that is one leaf would not be given at all.
  const wrong = Object.entries(wrongLeaves(bench, made)).filter(
    ([name]) => name !== 'nothing for a leaf' || isBranch(good[key]),
  )
  const leaves = buffersOf(bench, good[key]).length > 0 ? wrong : []
  const others = key === 'state' ? [] : [bad(`${key} without a leaf`, {}), bad(`${key} null`, null)]
  return [
    ...leaves.map(([name, by]) => bad(`${name} in ${key}`, replaced(bench, good[key], by))),
    bad(`${key} one level too deep`, { wrong: good[key] }),
    ...others,
  ]
}

const anotherState = { count: 'three', mu: {}, extraSlot: 1 }

const badCalls = <B extends Shaped>(
  bench: Bench<B>,
  { needsParams, tx }: Subject,
  good: Call,
  made: unknown[],
): Bad[] => {
  // Nobody knows what a transformation written by hand keeps, unless it says so.
  const { form } = tx
  const opaque = form.kind === 'opaque' && !form.check
  const bad = (name: string, change: Partial<Call>, ...paths: string[]): Bad => ({
    name,
    call: { ...good, ...change },
    paths,
  })
  const foreign = (tree: unknown): unknown => replaced(bench, tree, wrongLeaves(bench, made)['a leaf of another kind']!)
  return [
    ...badTrees(bench, good, 'grads', 'updates', made),
    ...badTrees(bench, good, 'params', 'params', made),
    ...(opaque ? [] : badTrees(bench, good, 'state', 'state', made)),
    ...(opaque ? [] : [bad('the state of another', { state: anotherState }, 'state')]),
    ...(opaque ? [] : [bad('state null', { state: null }, 'state')]),
    ...(needsParams ? [bad('no parameters', { params: undefined }, 'params')] : []),
    bad(
      'gradients and parameters both of another kind',
      { grads: foreign(good.grads), params: foreign(good.params) },
      'updates',
      'params',
    ),
    ...(opaque
      ? []
      : [bad('bad gradients and a bad state', { grads: foreign(good.grads), state: null }, 'updates', 'state')]),
  ]
}

type Attempt = (machine: Machine<Shaped>, call: Call) => Ran<Shaped>
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
 * A call with a bad argument is refused with a `ForegradError` that names every bad argument, and leaves every buffer alive and as it was, also
 * when it was to be consumed.
 */
export const failsSafely: Law = {
  name: 'fails without harm',
  worlds: 'tensors',
  numbers: 'ordinary',
  steps: 1,
  applies: () => true,
  holds: (subject, world, scenario) =>
    runs(subject.tx.form, world, scenario, async (run) => {
      const { wrong } = world
      if (!wrong) throw new Error(`${world.name} has no wrong leaves to try`)
      const bench = { isBuffer: world.isBuffer, wrong }
      const { machine, params, state, step, read } = run
      const good: Call = { ...step(0), params, state }
      const made: unknown[] = []
      const before = await read(good)
      try {
        for (const bad of badCalls(bench, subject, good, made)) {
          for (const [name, attempt] of Object.entries(attempts)) {
            const what = `${name} with ${bad.name}`
            const alive = world.alive()
            refused(what, bad, () => attempt(machine as unknown as Machine<Shaped>, bad.call))
            if (world.alive() !== alive) throw new Broken(`${what}: ${world.alive() - alive} buffers more than before`)
          }
        }
        sameNumbers('what the failed calls were given', await read(good), before)
      } finally {
        world.drop(made)
      }
    }),
}
