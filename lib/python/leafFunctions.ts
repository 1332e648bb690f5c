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
