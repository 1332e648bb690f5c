/** Long lines of Python broken within their widest brackets, much as `ruff format` does it. */

/** ruff's own limit. */
const widest = 88

interface Brackets {
  readonly open: number
  readonly close: number
  /** The commas between them that stand in no other brackets. */
  readonly commas: readonly number[]
}

const lengthOf = ({ open, close }: Brackets): number => close - open

/** The brackets of a line that stand in no others and hold most of it, the last of equal ones; strings are passed over. */
const widestBrackets = (line: string): Brackets | undefined => {
  let found: Brackets | undefined
  let commas: number[] = []
  let depth = 0
  let open = -1
  for (let i = 0; i < line.length; i++) {
    const letter = line.charAt(i)
    if (letter === '"') i = endOfString(line, i)
    else if ('([{'.includes(letter)) {
      if (depth++ === 0) [open, commas] = [i, []]
    } else if (')]}'.includes(letter)) {
      const next = { open, close: i, commas }
      if (--depth === 0 && !(found && lengthOf(found) > lengthOf(next))) found = next
    } else if (letter === ',' && depth === 1) commas.push(i)
  }
  return found
}

const endOfString = (line: string, start: number): number => {
  let i = start + 1
  while (i < line.length && line.charAt(i) !== '"') i += line.charAt(i) === '\\' ? 2 : 1
  return i
}

/** A call's and a tuple's items end with a comma; what stands in brackets for its order does not, nor does what is made for each of a range. */
const isList = (line: string, { open, close, commas }: Brackets): boolean =>
  commas.length > 0 ||
  line.charAt(open) === '{' ||
  (/[\w)\]]/.test(line.charAt(open - 1)) && !/ for _ in range\(\d+\)$/.test(line.slice(open, close)))

const broken = (line: string): string[] => {
  if (line.length <= widest) return [line]
  const found = widestBrackets(line)
  if (!found || found.close === found.open + 1 || line.charAt(found.open) === '[') return [line]
  const margin = line.slice(0, line.length - line.trimStart().length)
  const edges = [found.open, ...found.commas, found.close]
  const items = edges.slice(1).map((end, i) => line.slice((edges[i] as number) + 1, end).trim())
  const kept = items.filter((item) => item !== '')
  const comma = isList(line, found)
  return [
    line.slice(0, found.open + 1),
    ...kept.flatMap((item, i) => {
      const end = comma || i < kept.length - 1 ? ',' : ''
      return broken(`${margin}    ${item}${end}`)
    }),
    ...broken(`${margin}${line.slice(found.close)}`),
  ]
}

/** The text with its long lines broken, and never two empty lines within a function. */
export const wrapped = (text: string): string =>
  text
    .replaceAll(/\n\n+(?= )/g, '\n\n')
    .split('\n')
    .flatMap(broken)
    .join('\n')
