/** What all functions of one printed module share: names, the state, groups of leaves, and the helpers that are called. */
import { type Path, pathText } from '../data/path.ts'
import { type Tree, treeEntries } from '../data/tree.ts'
import type { LeafInfo } from '../expr/expr.ts'
import { listOf } from './lists.ts'
import { Names, snakeCase } from './names.ts'
import { StateText } from './state.ts'

/** How a module is to be printed. */
export interface Printing {
  readonly name: string
  /** The dtype of slots that are shaped like parameters; absent: that of the parameters. */
  readonly dtype?: string | undefined
  readonly leaves?: readonly LeafInfo[] | undefined
}

/** The functions that a text may call. */
export type Helper = 'each' | 'sum' | 'max' | 'full' | 'fullAlong' | 'byGroup'

const isWord = (step: string | number): boolean => typeof step === 'string'

export class Book {
  readonly printing: Printing
  readonly state: StateText
  /** The names that slots, signals and trees by name have everywhere. */
  readonly names = new Names()
  /** What signals and trees by name are called. */
  readonly extras = new Map<string, string>()
  readonly uses = new Set<Helper>()
  /** How long the lists are that have names, and what is in them, by the text of that. */
  readonly lists = new Map<string, number>()
  readonly bound = new Map<string, string>()
  /** The paths of the leaves of each group; without any there is one group, of all leaves there may be. */
  readonly groups: readonly (readonly string[])[]
  private readonly slotNames: ReadonlyMap<string, string>

  constructor(slots: Tree<unknown>, title: string, printing: Printing, groups: readonly (readonly string[])[]) {
    this.printing = printing
    this.groups = groups
    this.state = new StateText(slots, title)
    for (const name of ['g', 'p', 'w', printing.name]) this.names.fresh(name)
    this.slotNames = new Map(
      treeEntries(slots).map(([path]) => [
        pathText(path, ''),
        this.names.fresh(snakeCase(String(path.findLast(isWord) ?? 'slot'))),
      ]),
    )
  }

  get isGrouped(): boolean {
    return this.groups.some((paths) => paths.length > 0)
  }

  slotName(path: Path): string {
    return this.slotNames.get(pathText(path, '')) as string
  }

  /** The text of the next state. */
  nextState(textOf: (path: Path) => string): string {
    const { lists, bound } = this
    return this.state.build(textOf, (texts, path) => {
      const before = this.state.at('state', path)
      const text = listOf(texts, (list) => (list === before ? texts.length : lists.get(list)))
      return bound.get(text) ?? text
    })
  }

  slotAt(variable: string, path: Path): string {
    return this.state.at(variable, path)
  }
}

export const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `    ${line}`))
export const tuple = (items: readonly string[]): string =>
  items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
