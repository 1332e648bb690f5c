/** The commands: what each takes, and the text that it makes of a transformation. */
import { type ShapeTree, shapedTree } from '../../data/shapeTree.ts'
import type { GradientTransformation } from '../../form/transformation.ts'
import { type ToOptaxOptions, toOptax } from '../../python/toOptax.ts'
import { explain, show } from '../../read/explain.ts'

/** What the flags say. */
export interface Wishes {
  readonly params?: ShapeTree
  readonly name?: string
  readonly dtype?: string
}

export interface Command {
  readonly about: string
  /** The flags that it takes, beside those that all take. */
  readonly flags: readonly (keyof Wishes)[]
  readonly text: (tx: GradientTransformation, wishes: Wishes) => string
}

export const commands: Readonly<Record<string, Command>> = {
  python: {
    about: 'prints it as a Python module for optax and JAX',
    flags: ['params', 'name', 'dtype'],
    text: (tx, wishes) => toOptax(tx, wishes as ToOptaxOptions),
  },
  show: {
    about: 'prints its formulas',
    flags: [],
    text: (tx) => `${show(tx)}\n`,
  },
  explain: {
    about: 'prints what a step costs: passes over memory and bytes',
    flags: ['params'],
    text: (tx, { params }) => `${explain(tx, params && (shapedTree(params) as never))}\n`,
  },
}

/** Every flag: its value, and what it is for. */
export const flags: Readonly<Record<string, { readonly value?: string; readonly about: string }>> = {
  params: { value: 'shapes', about: "the parameters' shapes, as { w: [8, 4], b: [4] } or a file of JSON" },
  name: { value: 'name', about: 'the name of the transformation in the module (default: transformation)' },
  dtype: { value: 'dtype', about: 'the dtype of slots: float32, bfloat16, float16 or float64' },
  out: { value: 'file', about: 'the file to write (default: standard output)' },
  help: { about: 'this text' },
  version: { about: 'the version of foregrad' },
}

export const helpText = (): string => {
  const width = 16
  const rows = (list: readonly (readonly [string, string])[]): string[] =>
    list.map(([name, text]) => `  ${name.padEnd(width)} ${text}`)
  return [
    'Reads an optimizer of foregrad.',
    '',
    'Usage: foregrad <command> <optimizer> [flags]',
    '',
    ...rows(Object.entries(commands).map(([name, { about }]) => [name, about])),
    '',
    'The optimizer is an expression of calls and data, or an export of a module:',
    '',
    '  foregrad python "chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 }))"',
    '  foregrad show ./optimizer.js#tx',
    '',
    'Flags:',
    ...rows(
      Object.entries(flags).map(([name, { value, about }]) => [
        value === undefined ? `--${name}` : `--${name} ${value}`,
        about,
      ]),
    ),
    '',
  ].join('\n')
}
