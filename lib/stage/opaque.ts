import { type Excess, noExcess } from '../data/excess.ts'
import type { NdArray } from '../data/ndArray.ts'
import type { ByHost, Check, UpdateFunctions } from '../form/form.ts'
import type { Leaf } from '../form/leaf.ts'
import { type GradientTransformation, transformation } from '../form/transformation.ts'
import { checkHandWritten, type FloatLeaf } from './handWritten.ts'
import { tools } from './tools.ts'

/** What `opaque` takes: `init` and `update` on tensors, and where there are any the same on float64 numbers and on arrays. */
export interface OpaqueSpec<S> extends UpdateFunctions<S, Leaf> {
  readonly name: string
  readonly float64?: UpdateFunctions<unknown, NdArray>
  readonly arrays?: UpdateFunctions<unknown, FloatLeaf>
  /** True when `update` must be given the parameters. */
  readonly needsParams?: boolean
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What is wrong with what `update` would be given. With it, `update` must not fail. */
  readonly check?: Check
}

/**
 * Makes a transformation of two functions written by hand with tfjs ops, for what no rule can say (matrix methods). `chain` runs it as it
 * is and still fuses the rules on both sides of it. `update` must leave its arguments alone.
 *
 * Rules before it write in place under `donate` only where it has a `check`: what could still fail must find everything as it was.
 *
 * Errors: `bad-rule` unless there is a name and both functions.
 */
export const opaque = <S>(spec: OpaqueSpec<S>, ...excess: Excess): GradientTransformation<S> => {
  noExcess('opaque', excess)
  checkHandWritten('opaque', spec, ['init', 'update'], ['float64', 'arrays', 'needsParams', 'reads', 'check'])
  const { name, init, update, float64, arrays, needsParams, reads, check } = spec
  return transformation<S>({
    kind: 'opaque',
    name,
    byHand: tools,
    functions: { tfjs: { init, update }, float64, arrays } as ByHost<UpdateFunctions<unknown, never>>,
    needsParams,
    reads,
    check,
  })
}
