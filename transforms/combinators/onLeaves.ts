/** What `masked` and `partition` are for transformations that cannot be fused: each runs on its own leaves, as it is. */

import { raise } from '../../lib/data/error.ts'
import type { Path } from '../../lib/data/path.ts'
import { isBranch, leavesLike, type Tree, treeFaults, treeLeaves, treeMap } from '../../lib/data/tree.ts'
import type { Shaped } from '../../lib/engines/engine.ts'
import type { LeafInfo } from '../../lib/expr/expr.ts'
import { numberDomain, tensorDomain } from '../../lib/run/domain.ts'
import type { Extra, UpdateFunctions } from '../../lib/run/form.ts'
import type { Domain } from '../../lib/run/given.ts'
import { layoutOf } from '../../lib/run/layout.ts'
import { initForm, runForm } from '../../lib/run/runForm.ts'
import { projects } from '../../lib/run/stages.ts'

import { type GradientTransformation, opaque } from '../../lib/run/transformation.ts'

/** A transformation and the leaves that it is for. */
export interface Part {
  readonly key: string
  readonly inner: GradientTransformation
  readonly test: (leaf: LeafInfo) => boolean
}

/** The tree with a hole, `[]`, for every leaf that the part is not for. */
export const only = <B extends Shaped>(
  tree: Tree<B>,
  skeleton: Tree<LeafInfo>,
  { test }: Pick<Part, 'test'>,
): Tree<B> => {
  const leaves = leavesLike(skeleton, tree)
  let next = 0
  return treeMap(skeleton, (leaf) => {
    const found = leaves[next++] as B
    return test(leaf) ? found : ([] as unknown as B)
  })
}

/** What is given by name, the trees among it for the part's own leaves only. */
const extraOf = <B extends Shaped>(extra: Extra, skeleton: Tree<LeafInfo>, part: Part, { check }: Domain<B>): Extra => {
  const isLike = (x: unknown): x is Tree<B> =>
    isBranch(x) &&
    treeFaults(skeleton, x as Tree<unknown>, '').length === 0 &&
    treeLeaves(x as Tree<unknown>).every((leaf) => !check(leaf, undefined))
  return Object.fromEntries(Object.entries(extra).map(([key, x]) => [key, isLike(x) ? only(x, skeleton, part) : x]))
}

/** Updates with a part's own in their places. */
export const merge = <B extends Shaped>(updates: Tree<B>, made: Tree<B>, skeleton: Tree<LeafInfo>): Tree<B> => {
  const [all, some] = [leavesLike(skeleton, updates), leavesLike(skeleton, made)]
  let next = 0
  return treeMap(skeleton, () => {
    const i = next++
    return (isBranch(some[i]) ? all[i] : some[i]) as B
  })
}

/** The states of the parts under the prefix: one by itself for an empty key, else by key. */
const wrap = (prefix: Path, states: Readonly<Record<string, unknown>>): unknown =>
  prefix.reduceRight<unknown>((inner, step) => ({ [step]: inner }), '' in states ? states[''] : states)

const unwrap = (prefix: Path, state: unknown, key: string): unknown => {
  const inner = prefix.reduce<unknown>((tree, step) => (tree as Readonly<Record<string, unknown>>)?.[step], state)
  return key === '' ? inner : (inner as Readonly<Record<string, unknown>>)?.[key]
}

const functionsOn = <B extends Shaped>(
  domain: Domain<B>,
  prefix: Path,
  parts: readonly Part[],
): UpdateFunctions<unknown, B> => ({
  init: (params) => {
    const { skeleton } = layoutOf(params)
    const states = parts.map((part) => {
      const own = only(params, skeleton, part)
      return [part.key, treeLeaves(own).length > 0 ? initForm(part.inner.form, own, domain) : {}]
    })
    return wrap(prefix, Object.fromEntries(states))
  },
  update: (updates, state, params, extra) => {
    const { skeleton } = layoutOf(updates)
    const states: Record<string, unknown> = {}
    const result = parts.reduce((merged, part) => {
      const grads = only(updates, skeleton, part)
      states[part.key] = unwrap(prefix, state, part.key)
      if (treeLeaves(grads).length === 0) return merged
      const own = params === undefined ? undefined : only(params, skeleton, part)
      const given = { grads, state: states[part.key], params: own, extra: extraOf(extra, skeleton, part, domain) }
      const made = runForm(part.inner.form, 'update', given, domain)
      states[part.key] = made.state
      return merge(merged, made.updates as Tree<B>, skeleton)
    }, updates)
    return [result, wrap(prefix, states)]
  },
})

const checkInner = (name: string, parts: readonly Part[]): void => {
  const faults = parts
    .filter(({ inner }) => projects(inner.form))
    .map(({ inner }) => ({ path: inner.name, expected: 'to be the outermost', got: `${name} around it` }))
  raise('bad-rule', faults, 'It sets the parameters: wrap it around the whole, and give it a mask if it has one.')
}

/**
 * One opaque transformation of parts, each on its own leaves; other leaves pass unchanged.
 *
 * Errors: `bad-rule` for a part that sets the parameters, which it could do here only up to rounding.
 */
export const onLeaves = <S>(name: string, prefix: Path, parts: readonly Part[]): GradientTransformation<S> => {
  checkInner(name, parts)
  return opaque<S>({
    name,
    ...(functionsOn(tensorDomain, prefix, parts) as UpdateFunctions<S, never>),
    float64: functionsOn(numberDomain, prefix, parts),
  } as Parameters<typeof opaque<S>>[0])
}
