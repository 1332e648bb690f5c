import { type Excess, noExcess } from '../data/excess.ts'
import type { Tree } from '../data/tree.ts'
import type { Check, Extra, Inner } from '../form/form.ts'
import { type GradientTransformation, transformation } from '../form/transformation.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import { checkHandWritten } from './handWritten.ts'
import { checkInner, workOf } from './inner.ts'
import { tools } from './tools.ts'

/** What `arrayStage` takes: `init` and `update`, given a host's array operations before all else. */
export interface ArrayStageSpec<S> {
  readonly name: string
  init<A extends Shaped>(ops: ArrayOps<A>, params: Tree<A>, inner: Inner<A>): S
  update<A extends Shaped>(
    ops: ArrayOps<A>,
    updates: Tree<A>,
    state: S,
    params: Tree<A> | undefined,
    extra: Extra,
    inner: Inner<A>,
  ): readonly [Tree<A>, S]
  /**
   * A transformation that `init` and `update` are given to run by themselves, on trees of their own making: in another basis, or of other shapes.
   * It is given updates and its state, and nothing else. Absent: they are given one that does nothing.
   */
  readonly inner?: GradientTransformation | undefined
  /** True when `update` must be given the parameters. */
  readonly needsParams?: boolean
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What of its work is done on the host's numbers, as a noun: `explain` says so, and beside it what `inner` does there. */
  readonly onNumbers?: string | undefined
  /** What is wrong with what `update` would be given. With it, `update` must not fail. */
  readonly check?: Check
}

/** Passes everything. */
const nothing = { init: () => ({}), update: <T>(updates: T, state: unknown) => [updates, state] as const }

/**
 * Makes a transformation of two functions written once against array operations, for what no rule can say (matrix methods). It runs on
 * every host: float64 numbers, tfjs, arrays and jax-js. For the rest it is as `opaque`.
 *
 * Errors: `bad-rule` unless there is a name and both functions, and for an `inner` that needs parameters or what `extra` holds, or that
 * forecasts.
 *
 * @example
 * const gram = arrayStage({
 *   name: 'gram',
 *   init: () => ({}),
 *   update: (ops, updates, state) => [treeMap(updates, (x) => ops.matMul(x, ops.transpose(x, [1, 0]))), state],
 * })
 */
export const arrayStage = <S>(spec: ArrayStageSpec<S>, ...excess: Excess): GradientTransformation<S> => {
  noExcess('arrayStage', excess)
  checkHandWritten('arrayStage', spec, ['init', 'update'], ['needsParams', 'reads', 'onNumbers', 'check', 'inner'])
  if (spec.inner !== undefined) checkInner('arrayStage: inner', spec.inner)
  const { name, init, update, needsParams, reads, check, inner } = spec
  const work = [spec.onNumbers ?? [], inner ? workOf(inner.form) : []].flat()
  return transformation<S>({
    kind: 'opaque',
    name,
    byHand: tools,
    functions: {},
    onOps: (ops, runs) => {
      const own = inner === undefined ? nothing : runs(inner.form)
      return {
        init: (params) => init(ops, params, own),
        update: (updates, state, params, extra) => update(ops, updates, state as S, params, extra, own),
      }
    },
    needsParams,
    reads,
    onNumbers: work.length > 0 ? [...new Set(work)].join(', ') : undefined,
    check,
  })
}
