/**
 * The arithmetic of jax-js without its ownership: operations that leave their operands alone.
 *
 * jax-js's own consume them. Here every operand is given as a reference, and every result is handed to `keep`, which owns it: whoever
 * made `keep` disposes all of them in the end. The same is right for arrays and for tracers.
 */
import { lax, numpy as np } from '@jax-js/jax'
import type { JaxArray } from './array.ts'

/** Takes over a result that was made, and returns it. */
export type Keep = (made: JaxArray) => JaxArray

type Operand = JaxArray | number

const use = (x: Operand): Operand => (typeof x === 'number' ? x : x.ref)

/** The arithmetic whose results `keep` owns. */
export const arithmeticOf = (keep: Keep) => {
  const float = (x: JaxArray): JaxArray => keep(x.astype(np.float32))
  const self = {
    add: (x: JaxArray, y: Operand): JaxArray => keep(x.ref.add(use(y))),
    sub: (x: JaxArray, y: Operand): JaxArray => keep(x.ref.sub(use(y))),
    mul: (x: JaxArray, y: Operand): JaxArray => keep(x.ref.mul(use(y))),
    div: (x: JaxArray, y: Operand): JaxArray => keep(x.ref.div(use(y))),
    min: (x: JaxArray, y: Operand): JaxArray => keep(np.minimum(x.ref, use(y))),
    max: (x: JaxArray, y: Operand): JaxArray => keep(np.maximum(x.ref, use(y))),
    /** 1 or 0. */
    less: (x: JaxArray, y: Operand): JaxArray => float(x.ref.less(use(y))),
    lessEqual: (x: JaxArray, y: Operand): JaxArray => float(x.ref.lessEqual(use(y))),
    equal: (x: JaxArray, y: Operand): JaxArray => float(x.ref.equal(use(y))),
    /** `yes` where `test` is not 0, else `no`. */
    select: (test: JaxArray, yes: Operand, no: Operand): JaxArray =>
      keep(np.where(test.ref.notEqual(0), use(yes), use(no))),
    /** −x, also of 0: jax-js's own is 0 − x, which has no −0. */
    neg: (x: JaxArray): JaxArray => self.mul(x, -1),
    abs: (x: JaxArray): JaxArray => self.max(x, self.neg(x)),
    sqrt: (x: JaxArray): JaxArray => keep(np.sqrt(x.ref)),
    floor: (x: JaxArray): JaxArray => keep(np.floor(x.ref)),
    isNaN: (x: JaxArray): JaxArray => float(np.isnan(x.ref)),
    isFinite: (x: JaxArray): JaxArray => float(np.isfinite(x.ref)),
    cos: (x: JaxArray): JaxArray => keep(np.cos(x.ref)),
    /** 2^n of whole numbers −126 to 127: their exponent bits. */
    powerOfTwo: (n: JaxArray): JaxArray =>
      keep(lax.bitcastConvertType(self.mul(self.add(n, 127), 2 ** 23).ref.astype(np.int32), np.float32)),
    /** The largest whole n with 2^n ≤ x, of normal positive numbers. */
    exponent: (x: JaxArray): JaxArray => {
      const bits = lax.bitcastConvertType(x.ref, np.int32)
      return self.sub(float(np.rightShift(bits, np.array(23, { dtype: np.int32 }))), 127)
    },
  }
  return self
}

export type Arithmetic = ReturnType<typeof arithmeticOf>
