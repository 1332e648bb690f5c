/** One rule of a printed module: where all that it reads stands in Python. */
import type { Path } from '../data/path.ts'
import { treeEntries } from '../data/tree.ts'
import type { Axes, Expr, Input } from '../expr/expr.ts'
import { operands } from '../expr/fold.ts'
import { axesIn, MOST_AXES } from '../rule/partPasses.ts'
import {
  type Mode,
  type Output,
  type PlacedSlot,
  type Program,
  programOf,
  type Reduction,
  type Target,
} from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { allNodes, type Reduced } from './body.ts'
import type { Book } from './book.ts'
import type { Group } from './groups.ts'
import { snakeCase } from './names.ts'
import { integerSlots } from './state.ts'
import { atom, type Term } from './term.ts'

/** The bits of all axes there may be. */
const everyAxis = 2 ** MOST_AXES - 1

export const isOf = (source: Input['source']) => (node: Expr) => node.kind === 'input' && node.source === source

/** A rule as it is to be printed, before the module is known: its program, and where its slots stand in the whole state. */
export class Printed {
  readonly rule: Rule
  readonly program: Program
  readonly paths: readonly Path[]
  /** Trees by name that other stages make. */
  readonly carried: ReadonlySet<string>

  constructor(rule: Rule, mode: Mode, locate: (path: Path) => Path, carried: ReadonlySet<string>) {
    this.rule = rule
    this.carried = carried
    this.program = programOf(rule, mode, { fast: false })
    this.paths = treeEntries(rule.slots).map(([path]) => locate(path))
  }
}

export class RuleText {
  readonly rule: Rule
  readonly program: Program
  readonly groups: readonly Group[]
  readonly book: Book
  private readonly paths: readonly Path[]
  private readonly carried: ReadonlySet<string>
  private readonly integers: ReadonlySet<string>
  private readonly reductions: ReadonlyMap<string, Reduction>
  private readonly slots: ReadonlyMap<string, PlacedSlot>

  constructor(book: Book, { rule, program, paths, carried }: Printed, groups: readonly Group[]) {
    this.book = book
    this.rule = rule
    this.program = program
    this.paths = paths
    this.carried = carried
    this.groups = groups
    this.integers = integerSlots(program)
    this.reductions = new Map(program.reductions.map((made) => [made.result.name, made]))
    this.slots = new Map(program.slots.map((placed) => [placed.name, placed]))
  }

  /** What it makes beside the new parameters and the place ahead; with `later` these, too. */
  outputs(later = false): readonly Output[] {
    const { mode, cells, leaves, trees, steps } = this.program
    return [...cells, ...leaves, ...trees, ...steps].filter(
      ({ target }) => later || mode === 'distance' || (target.to !== 'params' && target.to !== 'ahead'),
    )
  }

  /** The new parameters and the place ahead. */
  get later(): readonly Output[] {
    return this.program.cells.filter(({ target }) => target.to === 'params' || target.to === 'ahead')
  }

  /** All that these outputs are made of, with the reductions over the tree. */
  made(outputs: readonly Output[]): { readonly nodes: readonly Expr[]; readonly reductions: readonly Reduction[] } {
    const nodes = new Set<Expr>()
    const visit = (root: Expr): void => {
      for (const group of this.groups)
        for (const node of allNodes([group.finish(root)], this.reducedIn(group))) {
          if (nodes.has(node)) continue
          nodes.add(node)
          const found = isOf('reduced')(node) ? this.reductions.get((node as Input).name) : undefined
          if (found?.over === 'tree') visit(found.expr)
        }
    }
    for (const { expr } of outputs) visit(expr)
    const names = new Set([...nodes].filter(isOf('reduced')).map((node) => (node as Input).name))
    const reductions = this.program.reductions.filter(({ over, result }) => over === 'tree' && names.has(result.name))
    return { nodes: [...nodes], reductions }
  }

  /** Signals and trees by name that these are made of; those that another stage makes are not asked for. */
  extrasIn(outputs: readonly Output[]): readonly Input[] {
    const found = new Map<string, Input>()
    for (const node of this.made(outputs).nodes)
      if ((isOf('signal')(node) || isOf('extra')(node)) && !this.carried.has((node as Input).name))
        found.set((node as Input).name, node as Input)
    return [...found.values()]
  }

  private reduced(node: Expr): Reduction | undefined {
    if (node.kind !== 'input' || node.source !== 'reduced') return undefined
    const found = this.reductions.get(node.name)
    return found && found.over !== 'tree' ? found : undefined
  }

  /** What stands for a reduction within a leaf of a group. */
  reducedIn(group: Group) {
    const ones = this.onesIn(group)
    return (node: Expr): Reduced | undefined => {
      const found = this.reduced(node)
      if (!found) return undefined
      const [x, bits] = [group.finish(found.expr), found.axes && group.bits(found.axes)]
      const isSpread = (ones(x) & (bits ?? everyAxis)) !== 0
      return { op: found.op, x, isSpread, ...(bits === undefined ? {} : { axes: axesIn(bits) }) }
    }
  }

  /** The axes along which an expression is the same for the leaves of a group and has 1, as bits. */
  onesIn(group: Group): (node: Expr) => number {
    const known = new Map<Expr, number>()
    const find = (node: Expr): number => {
      if (node.rank !== 'cell') return everyAxis
      const found = this.reduced(node)
      if (found) return ones(group.finish(found.expr)) | group.bits(found.axes as Axes)
      if (node.kind !== 'input') return operands(node).reduce((bits, x) => bits & ones(x), everyAxis)
      const placed = node.source === 'slot' ? this.slots.get(node.name) : undefined
      return placed?.slot.reduced && this.isPresent(placed, group) ? group.bits(placed.slot.reduced.axes) : 0
    }
    const ones = (node: Expr): number => {
      const bits = known.get(node) ?? find(node)
      known.set(node, bits)
      return bits
    }
    return ones
  }

  isPresent({ slot }: PlacedSlot, { finish }: Group): boolean {
    const when = slot.present && finish(slot.present)
    return when?.kind !== 'constant' || when.value !== 0
  }

  /** True where a slot has no numbers for some leaves. */
  get hasHoles(): boolean {
    return this.program.slots.some((placed) => this.groups.some((group) => !this.isPresent(placed, group)))
  }

  slot(name: string): PlacedSlot {
    return this.slots.get(name) as PlacedSlot
  }

  isInteger(name: string): boolean {
    return this.integers.has(name)
  }

  /** What an input is called that is one number a step; within functions of leaves all others have a name of their own. */
  input(node: Input): Term {
    const { source, name } = node
    if (source === 'signal') return atom(this.book.extras.get(name) as string)
    if (source !== 'slot') return atom(this.leafName(node))
    const { index, slot } = this.slot(name)
    if (slot.rank !== 'step' && slot.rank !== 'tree') return atom(this.slotName(index))
    return atom(this.slotAt('state', index), this.integers.has(name) ? 'int' : 'float')
  }

  /** What an input of a function of leaves is called there. */
  leafName({ source, name }: Input): string {
    if (source === 'grads') return 'g'
    if (source === 'params') return 'p'
    if (source === 'ahead') return 'here'
    if (source === 'extra') return this.extraName(name)
    return this.slotName(this.slot(name).index)
  }

  /** The tree that it stands for. */
  leafTree({ source, name }: Input, grads: string): string {
    if (source === 'grads') return grads
    if (source === 'params') return 'params'
    if (source === 'ahead') return 'ahead'
    if (source === 'extra') return this.extraName(name)
    return this.slotAt('state', this.slot(name).index)
  }

  private extraName(name: string): string {
    return this.carried.has(name) ? snakeCase(name) : (this.book.extras.get(name) as string)
  }

  slotAt(variable: string, index: number): string {
    return this.book.slotAt(variable, this.paths[index] as Path)
  }

  slotName(index: number): string {
    return this.book.slotName(this.paths[index] as Path)
  }

  path(index: number): Path {
    return this.paths[index] as Path
  }

  /** True for a slot that Python keeps as an integer. */
  isIntText(target: Target): boolean {
    return target.to === 'slot' && this.integers.has(target.name)
  }
}
