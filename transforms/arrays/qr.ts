import type { Excess } from '../../lib/data/excess.ts'
import { type ArrayOps, onNumbers, readsNow } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { householderQr, type Qr } from '../numerics/householderQr.ts'
import { aMatrix, checkGiven } from './given.ts'
import { qrByReflections } from './rotations.ts'

/**
 * The QR decomposition of a matrix: float64 work on the host's numbers, by `householderQr`, which says the signs: NumPy's, where column j of
 * R has on its diagonal the sign against that of the number that the earlier reflections leave there. Where numbers cannot be read at once, as on
 * WebGPU, the same reflections are made on the device.
 *
 *     x = Q·R, Q with orthonormal columns, R upper triangular;  k = min(n, m)
 *
 * A stage that calls it says so by `onNumbers`. Shapes: x [n, m], Q [n, k], R [k, m]. Errors: `bad-argument`.
 * Source: NumPy, `linalg.qr`, mode 'reduced'.
 */
export const qr = <A extends Shaped>(ops: ArrayOps<A>, x: A, ...excess: Excess): Qr<A> => {
  checkGiven('qr', ops, { x: [x, aMatrix] }, excess)
  if (ops.follow) return ops.follow.qr(x)
  if (!readsNow(ops)) return qrByReflections(ops, x)
  const [q, r] = onNumbers(ops, [x], (m) => {
    const made = householderQr(m)
    return [made.q, made.r]
  }) as [A, A]
  return { q, r }
}
