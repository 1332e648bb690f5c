import type { Check, Form, ProjectFunctions, Projection } from '../form/form.ts'
import type { GradientTransformation } from '../form/transformation.ts'
import { transformation } from '../form/transformation.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import { tools } from './tools.ts'

/** What `arrayProjection` takes: the functions of `projectParams`, given a host's array operations. */
export interface ArrayProjectionSpec {
  readonly name: string
  on<A extends Shaped>(ops: ArrayOps<A>): ProjectFunctions<unknown, A>
  readonly reads?: readonly string[]
  readonly check: Check
}

/** `projectParams` written once against array operations, for every host. */
export const arrayProjection = <S, T>(
  inner: GradientTransformation<T>,
  { name, on, reads, check }: ArrayProjectionSpec,
): GradientTransformation<S & { readonly inner: T }> => {
  const outer: Projection = { kind: 'projection', name, byHand: tools, functions: {}, onOps: on, reads, check }
  return transformation({ kind: 'wrapped', name, inner: inner.form, outer } as Form)
}
