/** Numbers in stages of array operations, said so that a stage can be followed as well as run: what depends on a count, and draws. */
import { sizeOf } from '../data/shape.ts'
import { add, constant, div, equal, floor, lift, mul, sub } from '../expr/expr.ts'
import { ofCount } from '../expr/meaning.ts'
import type { Extra } from '../form/form.ts'
import type { ArrayOps, NumberFormula } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import { type DrawPlace, normals } from '../random/normals.ts'
import type { Key } from '../random/philox.ts'

/** A number made of others, in float64. */
export const numberOf = <A extends Shaped>(ops: ArrayOps<A>, f: NumberFormula, ...xs: readonly number[]): number =>
  ops.follow ? ops.follow.number(f, xs) : ofCount(lift(f(...xs.map(constant))))(0)

/** The number after this one. */
export const following = <A extends Shaped>(ops: ArrayOps<A>, count: number): number =>
  numberOf(ops, (t) => add(t, 1), count)

/** 1 where a count is a multiple of the period, else 0. */
export const isTurn = <A extends Shaped>(ops: ArrayOps<A>, count: number, period: number): number =>
  numberOf(ops, (t) => equal(sub(t, mul(period, floor(div(t, period)))), 0), count)

/** What one of two functions makes: the first where the number is not 0. The other is not called, but where the stage is followed. */
export const choose = <A extends Shaped, T>(ops: ArrayOps<A>, test: number, yes: () => T, no: () => T): T => {
  if (ops.follow) return ops.follow.choose(test, yes, no)
  return test !== 0 ? yes() : no()
}

/** The same of one array where making both costs little: Python makes both, and takes one element by element. */
export const pick = <A extends Shaped>(ops: ArrayOps<A>, test: number, yes: () => A, no: () => A): A => {
  if (ops.follow) return ops.where(test as unknown as A, yes(), no())
  return test !== 0 ? yes() : no()
}

/** 1 where what `extra` has by a name is true or a number that is not 0, else 0. */
export const signalOf = <A extends Shaped>(ops: ArrayOps<A>, extra: Extra, name: string, isNeeded: boolean): number =>
  ops.follow ? ops.follow.signal(name, isNeeded) : Number(Boolean(extra[name]))

/** Where in the stream of a key: `leaf` is the place of the leaf that the numbers are for, or beyond all leaves. */
type Place = Required<DrawPlace>

/** The array of `normals`. */
export const drawn = <A extends Shaped>(ops: ArrayOps<A>, key: Key, shape: readonly number[], place: Place): A =>
  ops.follow
    ? ops.follow.normals(key, shape, place.step, place.leaf)
    : ops.make(Float64Array.from(normals(key, sizeOf(shape), place)), shape)

/** The first of `normals`. */
export const drawnNumber = <A extends Shaped>(ops: ArrayOps<A>, key: Key, place: Place): number =>
  ops.follow
    ? (ops.follow.normals(key, [], place.step, place.leaf) as unknown as number)
    : (normals(key, 1, place)[0] as number)
