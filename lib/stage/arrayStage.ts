import { type Excess, noExcess } from '../data/excess.ts'
import type { Tree } from '../data/tree.ts'
import type { Check, Extra } from '../form/form.ts'
import { type GradientTransformation, transformation } from '../form/transformation.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import { checkHandWritten } from './handWritten.ts'
import { tools } from './tools.ts'

/** What `arrayStage` takes: `init` and `update`, given a host's array operations before all else. */
export interface ArrayStageSpec<S> {
  readonly name: string
  init<A extends Shaped>(ops: ArrayOps<A>, params: Tree<A>): S
  update<A extends Shaped>(
    ops: ArrayOps<A>,
    updates: Tree<A>,
    state: S,
    params: Tree<A> | undefined,
    extra: Extra,
  ): readonly [Tree<A>, S]
  /** True when `update` must be given the parameters. */
  readonly needsParams?: boolean
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What of its work is done on the host's numbers, as a noun: `explain` says so. */
  readonly onNumbers?: string | undefined
  /** What is wrong with what `update` would be given. With it, `update` must not fail. */
  readonly check?: Check
}

/**
 * Makes a transformation of two functions written once against array operations, for what no rule can say (matrix methods). It runs on
 * every host: float64 numbers, tfjs, arrays and jax-js. For the rest it is as `opaque`.
 *
 * Errors: `bad-rule` unless there is a name and both functions.
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
  checkHandWritten('arrayStage', spec, ['init', 'update'], ['needsParams', 'reads', 'onNumbers', 'check'])
  const { name, init, update, needsParams, reads, onNumbers, check } = spec
  return transformation<S>({
    kind: 'opaque',
    name,
    byHand: tools,
    functions: {},
    onOps: (ops) => ({
      init: (params) => init(ops, params),
      update: (updates, state, params, extra) => update(ops, updates, state as S, params, extra),
    }),
    needsParams,
    reads,
    onNumbers,
    check,
  })
}
