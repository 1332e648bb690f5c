/** What has changed between two texts: word by word, so that a number that was moved stands out. */

/** A piece of a text, and whether it was there before. */
export interface Piece {
  readonly text: string
  readonly changed: boolean
}

/** Numbers, names, spaces and signs, each a word. */
const wordsOf = (text: string): readonly string[] => text.match(/[\w.]+|\s+|[^\w\s]/g) ?? []

/** Lines longer than this are compared as wholes. */
const longestLine = 400

/** Which words of `after` belong to a longest common subsequence with `before`. */
const kept = (before: readonly string[], after: readonly string[]): readonly boolean[] => {
  const [n, m] = [before.length, after.length]
  const length = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1))
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      length[i]![j] =
        before[i] === after[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!)
  const found = Array<boolean>(m).fill(false)
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (before[i] === after[j]) {
      found[j] = true
      i++
      j++
    } else if (length[i + 1]![j]! >= length[i]![j + 1]!) i++
    else j++
  }
  return found
}

const joined = (words: readonly string[], same: readonly boolean[]): Piece[] => {
  const pieces: Piece[] = []
  words.forEach((text, i) => {
    const changed = !same[i]
    const last = pieces.at(-1)
    if (last && last.changed === changed) pieces[pieces.length - 1] = { text: last.text + text, changed }
    else pieces.push({ text, changed })
  })
  return pieces
}

const lineChanges = (before: string, after: string): Piece[] => {
  if (before === after) return [{ text: after, changed: false }]
  if (before.length > longestLine || after.length > longestLine) return [{ text: after, changed: true }]
  const [old, now] = [wordsOf(before), wordsOf(after)]
  return joined(now, kept(old, now))
}

/** A text in pieces, those that are new marked. Of another number of lines than before, lines are matched first, and then words. */
export const changesIn = (before: string, after: string): readonly Piece[] => {
  if (before === after) return [{ text: after, changed: false }]
  const [old, now] = [before.split('\n'), after.split('\n')]
  const lines: Piece[][] =
    old.length === now.length
      ? now.map((line, i) => lineChanges(old[i] as string, line))
      : kept(old, now).map((same, i) => [{ text: now[i] as string, changed: !same }])
  return lines.flatMap((pieces, i) => (i === 0 ? pieces : [{ text: '\n', changed: false }, ...pieces]))
}
