/** Functions of leaves in the body of another: one a group of leaves, and one for groups that are treated alike. */
import { readOnly, type Scope } from './body.ts'
import { indent, tuple } from './book.ts'

/** The lines of a function, and what it returns. */
export interface LeafBody {
  readonly lines: readonly string[]
  readonly text: string
}

/** Writes the functions, one for each group, and returns the text that names them all. */
export const writeFunctions = (
  body: Scope,
  wish: string,
  args: readonly string[],
  bodies: readonly LeafBody[],
  isGrouped: boolean,
): string => {
  const written = new Map<string, string>()
  const names = bodies.map(({ lines, text }) => {
    const own = indent([...readOnly(lines, text), `return ${text}`])
    const known = written.get(own.join('\n'))
    if (known !== undefined) return known
    const name = bodies.length === 1 ? wish : body.names.fresh(`${wish}_${written.size}`)
    body.lines.push('', `def ${name}(${args.join(', ')}):`, ...own, '')
    written.set(own.join('\n'), name)
    return name
  })
  return isGrouped ? tuple(names) : (names[0] as string)
}

const head = /^def (\w+)\((.*)\):$/
const assigned = /^\(?(\w+(?:, \w+)*),?\)? = /

/** The lines of a loop, where each function holds what a turn gives a name to as a default: by name it would see the last turn's. */
export const boundInTurn = (lines: readonly string[]): readonly string[] => {
  const given = lines.flatMap((line) => line.match(assigned)?.[1]?.split(', ') ?? [])
  return lines.map((line, at) => {
    const [, name, args = ''] = line.match(head) ?? []
    if (name === undefined) return line
    const rest = lines.slice(at + 1)
    const end = rest.findIndex((next) => next !== '' && !next.startsWith(' '))
    const own = new Set(rest.slice(0, end < 0 ? rest.length : end).flatMap((next) => next.match(/\w+/g) ?? []))
    const taken = args.split(', ')
    const held = given.filter((each) => own.has(each) && !taken.includes(each))
    return `def ${name}(${[...taken, ...held.map((each) => `${each}=${each}`)].join(', ')}):`
  })
}
