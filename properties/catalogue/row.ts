/** What a row of the catalogue says. */
import type { GradientTransformation } from '../../lib/index.ts'
import type { SubjectOptions } from '../laws/subject.ts'

/** One transformation under the laws. */
export interface Row extends SubjectOptions {
  readonly name: string
  /** The export that it is a row for. */
  readonly of: string
  readonly make: () => GradientTransformation
}

/** A row; `variant` tells it from the others of the same export. */
export const row = (
  of: string,
  make: () => GradientTransformation,
  options: SubjectOptions = {},
  variant = '',
): Row => ({
  name: variant ? `${of}, ${variant}` : of,
  of,
  make,
  ...options,
})
