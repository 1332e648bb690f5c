import type { Excess } from '../../lib/data/excess.ts'
import { type ArrayOps, onNumbers, readsNow } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { type Eigen, symmetricEigen } from '../numerics/symmetricEigen.ts'
import { aSquare, checkGiven } from './given.ts'
import { eigenByRotations } from './rotations.ts'

/**
 * The eigenvalues and eigenvectors of a symmetric matrix: float64 work on the host's numbers, by `symmetricEigen`, which says the signs;
 * where they cannot be read at once, as on WebGPU, by rotations on the device.
 *
 *     x = V·diag(values)·Vᵀ, values ascending
 *
 * A stage that calls it says so by `onNumbers`. Shapes: x [n, n], taken as (x + xᵀ)/2; values [n]; V [n, n], one vector a column.
 * Errors: `bad-argument`. Source: NumPy, `linalg.eigh`, whose signs are LAPACK's.
 */
export const eigh = <A extends Shaped>(ops: ArrayOps<A>, x: A, ...excess: Excess): Eigen<A> => {
  checkGiven('eigh', ops, { x: [x, aSquare] }, excess)
  if (ops.follow) return ops.follow.eigh(x)
  if (!readsNow(ops)) return eigenByRotations(ops, x)
  const [values, vectors] = onNumbers(ops, [x], (m) => {
    const made = symmetricEigen(m)
    return [made.values, made.vectors]
  }) as [A, A]
  return { values, vectors }
}
