/** True when two lists of one length hold the same. (`sameList` of `lib/data` is part of what loads before an engine; shared, it would be a file of its own.) */
export const sameItems = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
