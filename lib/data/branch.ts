/** What a tree is built of. */
export const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => {
  if (typeof x !== 'object' || x === null) return false
  const prototype = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

/** True for the arrays and plain records that a tree is built of. */
export const isBranch = (x: unknown): x is readonly unknown[] | Readonly<Record<string, unknown>> =>
  Array.isArray(x) || isRecord(x)

/** What stands under a key of a record's own, or at a place of an array; nothing where only a prototype knows the key. */
export const own = (x: object, key: string | number): unknown =>
  Object.hasOwn(x, key) ? (x as Readonly<Record<string | number, unknown>>)[key] : undefined

/** True for a plain record with this key of its own. */
export const hasOwn = <K extends string>(x: unknown, key: K): x is Readonly<Record<K, unknown>> =>
  isRecord(x) && Object.hasOwn(x, key)

/** The first place of an array where nothing stands, not even undefined; -1 where there is none. */
export const holeIn = (x: readonly unknown[]): number => {
  for (let i = 0; i < x.length; i++) if (!(i in x)) return i
  return -1
}

/** Puts a value under a key, of a record that is being made: faster than `Object.fromEntries`, and as right where the key is `__proto__`. */
export const put = <A>(into: Record<string | number, A>, key: string | number, value: A): void => {
  if (key === '__proto__')
    Object.defineProperty(into, key, { configurable: true, enumerable: true, writable: true, value })
  else into[key] = value
}
