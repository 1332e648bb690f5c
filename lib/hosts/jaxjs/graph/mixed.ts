/**
 * Numbers in a graph of jax-js: those that are known while it is traced stay float64, the others are arrays of one element.
 *
 * Counters are int32, and what is counted of them stays so: float32 stops counting at 2^24.
 */
import { numpy as np } from '@jax-js/jax'
import type { BinaryOp, UnaryOp } from '../../../expr/expr.ts'
import type { Algebra } from '../../../expr/fold.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../../../expr/meaning.ts'
import type { Keep } from '../arithmetic.ts'
import type { JaxArray } from '../array.ts'
import { operationsOf, scalar } from '../operations.ts'

/** A float64 number, or an array of jax-js of one element. */
export type Mixed = number | JaxArray

const isNumber = (x: Mixed): x is number => typeof x === 'number'
const isWhole = (x: Mixed): boolean =>
  isNumber(x) ? Number.isInteger(x) && Math.abs(x) < 2 ** 31 : x.dtype === 'int32'

/** Operations that have whole results of whole numbers. */
const stayWhole: readonly BinaryOp[] = ['add', 'sub', 'mul', 'min', 'max']
/** Operations that ask something of two numbers. */
const questions: readonly BinaryOp[] = ['less', 'lessEqual', 'equal']

/** The operations on mixed numbers; `keep` owns the arrays that are made. */
export const mixedOf = (keep: Keep) => {
  const { scalars } = operationsOf(keep)
  const of = (x: Mixed, dtype: 'float32' | 'int32'): JaxArray => {
    if (isNumber(x)) return keep(np.full([], x, { dtype: np[dtype] }))
    return x.dtype === dtype ? x : keep(x.ref.astype(np[dtype]))
  }
  const float = (x: Mixed): JaxArray => of(x, 'float32')

  const whole = (op: BinaryOp, x: JaxArray, y: JaxArray): JaxArray => {
    const f = { add: np.add, sub: np.subtract, mul: np.multiply, min: np.minimum, max: np.maximum }
    return keep(f[op as keyof typeof f](x.ref, y.ref))
  }

  const unary = (op: UnaryOp, x: Mixed): Mixed => {
    if (isNumber(x)) return unaryMeaning[op](x)
    return op === 'floor' && isWhole(x) ? x : scalars.unary[op](float(x))
  }

  const binary = (op: BinaryOp, x: Mixed, y: Mixed): Mixed => {
    if (isNumber(x) && isNumber(y)) return binaryMeaning[op](x, y)
    const areWhole = isWhole(x) && isWhole(y)
    if (areWhole && stayWhole.includes(op)) return whole(op, of(x, 'int32'), of(y, 'int32'))
    if (areWhole && questions.includes(op)) return scalars.binary[op](of(x, 'int32'), of(y, 'int32'))
    // b^t as e^(t·ln b), ln b in float64.
    if (op === 'pow' && isNumber(x) && x > 0 && x < Number.POSITIVE_INFINITY) {
      return scalars.unary.exp(scalars.binary.mul(float(y), float(Math.log(x))))
    }
    return scalars.binary[op](float(x), float(y))
  }

  const select = (test: Mixed, yes: Mixed, no: Mixed): Mixed => {
    if (isNumber(test)) return test !== 0 ? yes : no
    const dtype = isWhole(yes) && isWhole(no) ? 'int32' : 'float32'
    return keep(np.where(test.ref.notEqual(0), of(yes, dtype).ref, of(no, dtype).ref))
  }

  const algebra: Pick<Algebra<Mixed>, 'unary' | 'binary' | 'select'> = {
    unary: mapRecord(unaryMeaning, (_, op) => (x: Mixed) => unary(op, x)),
    binary: mapRecord(binaryMeaning, (_, op) => (x: Mixed, y: Mixed) => binary(op, x, y)),
    select,
  }
  /** 1 − b^t = −(e^(t·ln b) − 1), without the cancellation that float32 has there. */
  const oneLessPower = (b: number, t: JaxArray): JaxArray => {
    const { mul } = scalars.binary
    const { neg, expm1 } = scalars.unary
    return neg(expm1(mul(float(t), float(Math.log(b)))))
  }
  /** A number that is another one in each step: in memory, for one that stands in a kernel is compiled with it. */
  const fresh = (x: number): JaxArray => keep(scalar(x))
  return { ...algebra, of, oneLessPower, fresh }
}

export type MixedOperations = ReturnType<typeof mixedOf>
