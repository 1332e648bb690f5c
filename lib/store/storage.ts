/** What storing needs of a host: which values are its arrays, their numbers, and arrays made of numbers. */
import type { Fault } from '../errors/error.ts'
import type { Dtype, Numbers } from './tensorData.ts'

export interface Storage<B> {
  readonly isArray: (x: unknown) => x is B
  /** Why the numbers of an array cannot be had or written down; nothing where they can. */
  readonly fault: (array: B) => Omit<Fault, 'path'> | undefined
  readonly dtype: (array: B) => Dtype
  readonly shape: (array: B) => readonly number[]
  /** A new array; `like` is one of the same library, where it matters whose neighbour it becomes. */
  readonly make: (dtype: Dtype, shape: readonly number[], numbers: Numbers, like?: B) => B
  readonly dispose: (array: B) => void
}
