/** Tuples of Python that hold much of another, or the same many times. */

interface Item {
  readonly of: string
  readonly at: number
}

const itemOf = (text: string): Item | undefined => {
  const [, of, at] = text.match(/^([A-Za-z_][\w.]*(?:\[\d+\])*)\[(\d+)\]$/) ?? []
  return of === undefined ? undefined : { of, at: Number(at) }
}

/** What stands next to each other in another tuple. */
interface Run extends Item {
  readonly count: number
}

const follows = (run: Run | string | undefined, item: Item | undefined): run is Run =>
  typeof run === 'object' && item !== undefined && run.of === item.of && item.at === run.at + run.count

/** The text of a tuple: what it takes of another is said as a part of that. `lengthOf` says how long others are, where that is known. */
export const listOf = (texts: readonly string[], lengthOf: (list: string) => number | undefined): string => {
  const found: (Run | string)[] = []
  for (const text of texts) {
    const [item, last] = [itemOf(text), found.at(-1)]
    if (follows(last, item)) found[found.length - 1] = { ...last, count: last.count + 1 }
    else found.push(item ? { ...item, count: 1 } : text)
  }
  const [first] = found
  if (found.length === 1 && typeof first === 'object' && first.at === 0 && first.count === lengthOf(first.of))
    return first.of
  const parts = found.map((run) => {
    if (typeof run === 'string') return run
    const { of, at, count } = run
    if (count === 1) return `${of}[${at}]`
    return `*${of}[${at === 0 ? '' : at}:${at + count === lengthOf(of) ? '' : at + count}]`
  })
  return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(', ')})`
}

/** The text of a tuple that holds the same many times, where it does. */
export const repeated = (texts: readonly string[]): string | undefined => {
  const [first] = texts
  if (texts.length < 3 || first === undefined || texts.some((text) => text !== first)) return undefined
  return `tuple(${first} for _ in range(${texts.length}))`
}
