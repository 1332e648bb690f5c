import { type Excess, noExcess } from '../data/excess.ts'
import type { NdArray } from '../data/ndArray.ts'
import type { ByHost, Check, ProjectFunctions } from '../form/form.ts'
import type { Leaf } from '../form/leaf.ts'
import { checkTransformation, type GradientTransformation, transformation } from '../form/transformation.ts'
import { checkHandWritten, type FloatLeaf } from './handWritten.ts'
import { tools } from './tools.ts'

/** What `projectParams` takes: `init` and `project` on tensors, and where there are any the same on float64 numbers and on arrays. */
export interface ProjectSpec<S> extends ProjectFunctions<S, Leaf> {
  readonly name: string
  readonly float64?: ProjectFunctions<unknown, NdArray>
  readonly arrays?: ProjectFunctions<unknown, FloatLeaf>
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What is wrong with what `project` would be given. With it, `project` must not fail, and the step before it is made in place. */
  readonly check?: Check
}

/**
 * Sets the parameters after each step of a transformation by a function written by hand with tfjs ops: for what no expression can say. (A
 * rule that returns `project` does the same for what one can, within its own pass.)
 *
 *     [params', own'] = project(params + u, own, extra)
 *
 * `project` returns the very tree it is given where nothing is to change, and keeps no tensor of it. Through `step`, `withGradient` and
 * `withLookaheadGradient` the parameters are exactly its result, and a forecast moves along with them; through `update` up to rounding, as
 * params + (target − params) need not be the target.
 *
 * State: the record that `init` makes, and beside it `inner`. Errors: `bad-rule` unless there is a name and both functions, and for a stage
 * behind it in a chain: it must be the outermost.
 */
export const projectParams = <S extends object, T>(
  inner: GradientTransformation<T>,
  spec: ProjectSpec<S>,
  ...excess: Excess
): GradientTransformation<S & { readonly inner: T }> => {
  noExcess('projectParams', excess)
  checkTransformation('projectParams: inner', inner)
  checkHandWritten('projectParams', spec, ['init', 'project'], ['float64', 'arrays', 'reads', 'check'])
  const { name, init, project, float64, arrays, reads, check } = spec
  const functions = { tfjs: { init, project }, float64, arrays } as ByHost<ProjectFunctions<unknown, never>>
  return transformation({
    kind: 'wrapped',
    name,
    inner: inner.form,
    outer: { kind: 'projection', name, byHand: tools, functions, reads, check },
  })
}
