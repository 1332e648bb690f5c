/**
 * What the host computes elsewhere, in the graph: expressions of rank step and leaf, of counters that are arrays.
 *
 * A plain function is called where the count is a number that can be read. Under a `jit` there is none yet.
 */

import { strayReduction } from '../../../errors/faultsOfOurs.ts'
import { untraceable } from '../../../errors/jaxjs.ts'
import type { Expr, Host, Input, LeafInfo } from '../../../expr/expr.ts'
import { type Algebra, fold } from '../../../expr/fold.ts'
import { isDataSchedule } from '../../../expr/schedule.ts'
import { isKnown } from '../array.ts'
import type { Mixed, MixedOperations } from './mixed.ts'

/** How the inputs of a leaf's numbers are found; of a tree's where `leaf` is undefined. */
export type FindInput = (node: Input, leaf: number | undefined) => Mixed

const missing = (): never => {
  throw strayReduction()
}

/** The value of an expression, for a leaf or for the tree; each is computed once. */
export const numbersOf = (
  where: string,
  operations: MixedOperations,
  infos: readonly LeafInfo[],
  find: FindInput,
): ((expr: Expr, leaf: number | undefined) => Mixed) => {
  const { unary, binary, select, oneLessPower } = operations

  const call = (f: Host['f'], x: Mixed): Mixed => {
    if (typeof x === 'number') return f(x)
    if (f === Math.fround) return operations.of(x, 'float32')
    if (isDataSchedule(f)) return reader({ input: () => x, fact: missing })(f.expr)
    if (isKnown(x)) return operations.fresh(f(x.ref.item()))
    throw untraceable(where, f.name)
  }

  const reader = (inputs: Pick<Algebra<Mixed>, 'input' | 'fact'>, known?: (node: Expr) => Mixed | undefined) => {
    const algebra: Algebra<Mixed> = {
      unary,
      binary,
      select,
      constant: ({ value }) => value,
      host: ({ f }, x) => call(f, x),
      reduce: missing,
      ...inputs,
    }
    const read: (expr: Expr) => Mixed = fold(algebra, (node) => known?.(node) ?? debiased(node))
    const debiased = (node: Expr): Mixed | undefined => {
      if (node.kind !== 'binary' || node.op !== 'sub' || node.x.kind !== 'constant' || node.x.value !== 1) return
      if (node.y.kind !== 'binary' || node.y.op !== 'pow' || node.y.x.kind !== 'constant') return
      const [b, t] = [node.y.x.value, read(node.y.y)]
      return b > 0 && b <= 1 && typeof t !== 'number' ? oneLessPower(b, t) : undefined
    }
    return read
  }

  const ofTree = reader({ input: (node) => find(node, undefined), fact: missing })
  const ofLeaves = infos.map((info, leaf) =>
    reader({ input: (node) => find(node, leaf), fact: ({ of }) => of(info) }, (node) =>
      node.rank === 'step' ? ofTree(node) : undefined,
    ),
  )
  return (expr, leaf) => (leaf === undefined ? ofTree : (ofLeaves[leaf] as typeof ofTree))(expr)
}
