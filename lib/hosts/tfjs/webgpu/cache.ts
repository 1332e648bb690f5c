/**
 * A cache that keeps the last `size` entries used, and at most as many again.
 *
 * Two generations: what is found in the old one moves to the young one, and what nobody asked for while the young one filled
 * is dropped with the old one.
 */
export class Cache<K, V> {
  private readonly size: number
  private young = new Map<K, V>()
  private old = new Map<K, V>()

  constructor(size: number) {
    this.size = size
  }

  /** The value of a key, made if it is not there. */
  get(key: K, make: () => V): V {
    const known = this.young.get(key)
    if (known !== undefined) return known
    const value = this.old.get(key) ?? make()
    if (this.young.size >= this.size) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(key, value)
    return value
  }

  get count(): number {
    return this.young.size + this.old.size
  }
}
