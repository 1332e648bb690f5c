/** The command line: what is asked, and the text or the error that answers it. */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { isShapes, type ShapeTree } from '../../data/shapeTree.ts'
import { describe, type Fault, ForegradError, raise } from '../../errors/error.ts'
import { checkTransformation, type GradientTransformation } from '../../form/transformation.ts'
import { evaluate, type Names } from '../evaluate.ts'
import { type Command, commands, flags, helpText, type Wishes } from './commands.ts'

/** What a run prints, and how it ends: 0, 1 for what is wrong with the optimizer, 2 for what is wrong with the command. */
export interface Answer {
  readonly code: 0 | 1 | 2
  readonly out: string
  readonly err: string
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : describe(error))

const cannot = (path: string, expected: string, error: unknown, advice: string): ForegradError =>
  new ForegradError('bad-argument', [{ path, expected, got: messageOf(error) }], advice)

/** `./optimizer.js`, or `./optimizer.js#name`: a path to a module, and the name of an export. */
const ofModule = /^(?<path>[^(){}"']*\.[cm]?[jt]s)(?:#(?<name>[\w$]+))?$/

const exported = async (path: string, name: string, folder: string): Promise<unknown> => {
  const file = resolve(folder, path)
  const made = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw cannot(
      path,
      'a module that can be imported',
      error,
      'Node reads JavaScript, and TypeScript from version 22.18.',
    )
  })) as Names
  if (Object.hasOwn(made, name)) return made[name]
  const fault = {
    path: `${path}#${name}`,
    expected: `one of its exports: ${Object.keys(made).join(', ')}`,
    got: 'none',
  }
  throw new ForegradError('bad-argument', [fault], 'Name one as ./optimizer.js#name.')
}

const transformationOf = async (text: string, names: Names, folder: string): Promise<GradientTransformation> => {
  const found = ofModule.exec(text)?.groups
  const tx = found ? await exported(found.path as string, found.name ?? 'default', folder) : evaluate(text, names)
  checkTransformation(found ? text : 'expression', tx)
  return tx as GradientTransformation
}

const shapesOf = async (text: string, folder: string): Promise<ShapeTree> => {
  const given: unknown = text.endsWith('.json')
    ? await readFile(resolve(folder, text), 'utf8')
        .then(JSON.parse)
        .catch((error: unknown) => {
          throw cannot('--params', 'a file of JSON', error, 'Give shapes, as { w: [8, 4], b: [4] }.')
        })
    : evaluate(text, {})
  if (isShapes(given)) return given as ShapeTree
  const fault = { path: '--params', expected: 'a tree of shapes', got: describe(given) }
  throw new ForegradError('bad-argument', [fault], 'Give arrays of sizes, as { w: [8, 4], b: [4] }.')
}

interface Asked {
  readonly command: Command
  readonly optimizer: string
  readonly given: Readonly<Record<string, string>>
}

/** What a command line asks for. Errors: `bad-argument`, all faults at once. */
const asked = (args: readonly string[]): Asked | 'help' | 'version' => {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const words: string[] = []
  const given: Record<string, string> = {}
  const faults: Fault[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (name === 'help' || name === 'h') return 'help'
    if (name === 'version') return 'version'
    if (!Object.hasOwn(flags, name))
      faults.push({ path: rawName, expected: `one of --${Object.keys(flags).join(', --')}`, got: 'an unknown flag' })
    else if (value === undefined) faults.push({ path: rawName, expected: `a ${flags[name]?.value}`, got: 'nothing' })
    else if (Object.hasOwn(given, name)) faults.push({ path: rawName, expected: 'one value', got: 'another' })
    else given[name] = value
  }
  if (words.length === 0 && faults.length === 0) return 'help'
  const [word = '', optimizer, ...more] = words
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined
  if (!command)
    faults.push({ path: 'command', expected: `one of ${Object.keys(commands).join(', ')}`, got: word || 'none' })
  else {
    if (optimizer === undefined) faults.push({ path: word, expected: 'an expression or a module', got: 'nothing' })
    for (const name of Object.keys(given))
      if (name !== 'out' && !(command.flags as readonly string[]).includes(name))
        faults.push({
          path: word,
          expected: `flags of its own: --${[...command.flags, 'out'].join(', --')}`,
          got: `--${name}`,
        })
  }
  for (const text of more) faults.push({ path: word, expected: 'one optimizer, in quotes', got: `${text} behind it` })
  raise('bad-argument', faults, 'foregrad --help says how to ask.')
  return { command: command as Command, optimizer: optimizer as string, given }
}

/** Runs the command line `args`. `names`: what expressions may call; `folder`: where paths begin. */
export const main = async (
  args: readonly string[],
  { names, version, folder }: { readonly names: Names; readonly version: string; readonly folder: string },
): Promise<Answer> => {
  const failed = (code: 1 | 2, error: unknown): Answer => ({ code, out: '', err: `${messageOf(error)}\n` })
  let wish: Asked | 'help' | 'version'
  try {
    wish = asked(args)
  } catch (error) {
    return failed(2, error)
  }
  if (wish === 'help') return { code: 0, out: helpText(), err: '' }
  if (wish === 'version') return { code: 0, out: `${version}\n`, err: '' }
  try {
    const { command, optimizer, given } = wish
    const { out, params, ...others } = given
    const tx = await transformationOf(optimizer, names, folder)
    const wishes: Wishes = { ...others, ...(params === undefined ? {} : { params: await shapesOf(params, folder) }) }
    const text = command.text(tx, wishes)
    if (out === undefined) return { code: 0, out: text, err: '' }
    await writeFile(resolve(folder, out), text).catch((error: unknown) => {
      throw cannot('--out', 'a file that can be written', error, 'Give another path.')
    })
    return { code: 0, out: '', err: '' }
  } catch (error) {
    return failed(1, error)
  }
}
