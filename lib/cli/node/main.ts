/** The command line: what is asked, and the text or the error that answers it. */

import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { isShapes, type ShapeTree } from '../../data/shapeTree.ts'
import {
  badCommand,
  flagTwice,
  flagWithoutValue,
  foreignFlag,
  noCommand,
  noExport,
  noJsonFile,
  noModuleAt,
  noOptimizer,
  noTreeOfShapes,
  notWritten,
  severalOptimizers,
  unknownFlag,
} from '../../errors/commands.ts'
import { describe, type Fault, raiseAs } from '../../errors/error.ts'
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

/** `./optimizer.js`, or `./optimizer.js#name`: a path to a module, and the name of an export. */
const ofModule = /^(?<path>[^(){}"']*\.[cm]?[jt]s)(?:#(?<name>[\w$]+))?$/

const exported = async (path: string, name: string, folder: string): Promise<unknown> => {
  const file = resolve(folder, path)
  const made = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw noModuleAt(path, messageOf(error))
  })) as Names
  if (Object.hasOwn(made, name)) return made[name]
  throw noExport(path, name, Object.keys(made))
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
          throw noJsonFile(messageOf(error))
        })
    : evaluate(text, {})
  if (isShapes(given)) return given as ShapeTree
  throw noTreeOfShapes(given)
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
    if (!Object.hasOwn(flags, name)) faults.push(unknownFlag(rawName, Object.keys(flags)))
    else if (value === undefined) faults.push(flagWithoutValue(rawName, flags[name]?.value))
    else if (Object.hasOwn(given, name)) faults.push(flagTwice(rawName))
    else given[name] = value
  }
  if (words.length === 0 && faults.length === 0) return 'help'
  const [word = '', optimizer, ...more] = words
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined
  if (!command) faults.push(noCommand(Object.keys(commands), word))
  else {
    if (optimizer === undefined) faults.push(noOptimizer(word))
    for (const name of Object.keys(given))
      if (name !== 'out' && !(command.flags as readonly string[]).includes(name))
        faults.push(foreignFlag(word, [...command.flags, 'out'], name))
  }
  for (const text of more) faults.push(severalOptimizers(word, text))
  raiseAs(badCommand, faults)
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
      throw notWritten(messageOf(error))
    })
    return { code: 0, out: '', err: '' }
  } catch (error) {
    return failed(1, error)
  }
}
