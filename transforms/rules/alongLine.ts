/** What the line searches ask of their caller, and how they look along a line of trees. */
import { isRecord, own } from '../../lib/data/branch.ts'
import { type Tree, treeLeaves, treeMap, treeZip } from '../../lib/data/tree.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import {
  missingLine,
  noGradGiven,
  noValueAndGrads,
  noValueFn,
  noValueGiven,
  wrongLine,
  wrongValueFn,
} from '../../lib/errors/transforms/rules.ts'
import type { Extra } from '../../lib/form/form.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import type { LinePoint } from '../numerics/zoomLinesearch.ts'

/** The names of `extra` that a line search reads. */
export const lineNames: readonly string[] = ['value', 'grad', 'valueAndGradFn', 'valueFn']

/** Σx·y over the tree, as an array without axes. */
export const treeDot = <A extends Shaped>(ops: ArrayOps<A>, x: Tree<A>, y: Tree<A>): A => {
  const sums = treeLeaves<A>(treeZip<A, A, A>(x, y, (a, b) => ops.mul(a, b))).map((z) =>
    ops.sum(
      z,
      z.shape.map((_, axis) => axis),
    ),
  )
  if (ops.follow) return ops.follow.total(sums)
  return sums.reduce((a, b) => ops.add(a, b), ops.make(new Float64Array(1), []))
}

/** factor·x, leaf by leaf. */
export const scaled = <A extends Shaped>(ops: ArrayOps<A>, x: Tree<A>, factor: A | number): Tree<A> =>
  treeMap<A, A>(x, (leaf) => ops.mul(leaf, factor))

const numberOf = <A extends Shaped>(ops: ArrayOps<A>, x: A | number): number =>
  typeof x === 'number' ? x : (ops.read(x)[0] as number)

/** A line through the parameters: the place that it starts from, and any other. */
export interface Line<A> {
  readonly start: Omit<LinePoint<Tree<A>>, 'stepsize'>
  /** The value at a step, the slope and the gradient. */
  readonly at: (stepsize: number) => LinePoint<Tree<A>>
  /** The value alone. */
  readonly valueAt: (stepsize: number) => number
}

type Valued<A> = { readonly value: A | number; readonly grads: Tree<A> }

const needed = (where: string, extra: Extra, gradients: boolean): void => {
  const isGiven = (name: string): boolean => own(extra, name) !== undefined
  const needsSearch = (gradients || !isGiven('valueFn')) && !isGiven('valueAndGradFn')
  raiseAs(missingLine, [
    ...(isGiven('value') ? [] : [noValueGiven(where)]),
    ...(isGiven('grad') ? [] : [noGradGiven(where)]),
    ...(needsSearch ? [noValueFn(where)] : []),
  ])
  const wrong = ['valueAndGradFn', 'valueFn'].flatMap((name): Fault[] =>
    !isGiven(name) || typeof extra[name] === 'function' ? [] : [wrongValueFn(where, name, extra[name])],
  )
  raiseAs(wrongLine, wrong)
}

/** The line p + stepsize·u. Errors: `missing-signal` and `bad-argument` for what `extra` lacks, `tree-mismatch` for gradients of another tree. */
export const lineOf = <A extends Shaped>(
  where: string,
  ops: ArrayOps<A>,
  u: Tree<A>,
  params: Tree<A>,
  extra: Extra,
  gradients: boolean,
): Line<A> => {
  needed(where, extra, gradients)
  const { value, grad, valueAndGradFn, valueFn } = extra as {
    readonly value: A | number
    readonly grad: Tree<A>
    readonly valueAndGradFn: (params: Tree<A>) => Valued<A>
    readonly valueFn?: (params: Tree<A>) => A | number
  }
  const placeAt = (stepsize: number): Tree<A> => treeZip<A, A, A>(params, u, (p, x) => ops.add(p, ops.mul(x, stepsize)))
  const slopeOf = (g: Tree<A>): number => numberOf(ops, treeDot(ops, u, g))
  const at = (stepsize: number): LinePoint<Tree<A>> => {
    const made: unknown = valueAndGradFn(placeAt(stepsize))
    if (!isRecord(made) || !('grads' in made)) throw noValueAndGrads(where, made)
    const { value: found, grads } = made as unknown as Valued<A>
    return { stepsize, value: numberOf(ops, found), slope: slopeOf(grads), grad: grads }
  }
  return {
    start: { value: numberOf(ops, value), slope: slopeOf(grad), grad },
    at,
    valueAt: (stepsize) => (valueFn ? numberOf(ops, valueFn(placeAt(stepsize))) : at(stepsize).value),
  }
}
