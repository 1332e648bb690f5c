import { float64, type GradientTransformation } from '../../../lib/index.ts'

/** The directions that a transformation makes of some gradients, one after another, in float64. */
export const directions = (tx: GradientTransformation, given: readonly unknown[]): unknown[] => {
  const reader = float64(tx)
  let state = reader.init(given[0] as never)
  return given.map((g) => {
    const [u, next] = reader.update(g as never, state)
    state = next
    return u
  })
}
