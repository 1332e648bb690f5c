/** A rule as the text of a Python module. */
import { type Path, pathText } from '../data/path.ts'
import { treeEntries } from '../data/tree.ts'
import type { Axes, Expr, Input, LeafInfo } from '../expr/expr.ts'
import { nodesOf, operands } from '../expr/fold.ts'
import { sizeLeaf } from '../expr/words.ts'
import { axesIn, MOST_AXES } from '../rule/partPasses.ts'
import { type Output, type PlacedSlot, type Program, programOf, type Reduction } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { linesOf } from '../rule/showRule.ts'
import { allNodes, type Reduced, readOnly, reduction, type Scope, sayer, scopeWith } from './body.ts'
import { type Group, groupsOf } from './groups.ts'
import { byGroup, choosing, each, full, fullAlong, initial, reducing, rows, wide, wideOrMasked } from './helpers.ts'
import { wrapped } from './layout.ts'
import { Names, quoted, snakeCase } from './names.ts'
import { integerSlots, StateText } from './state.ts'
import { atom, type Term } from './term.ts'

/** How a module is to be printed. */
export interface Printing {
  readonly name: string
  /** The dtype of slots that are shaped like parameters; absent: that of the parameters. */
  readonly dtype?: string | undefined
  readonly leaves?: readonly LeafInfo[] | undefined
}

/** A tree of leaves that a function of leaves is given: what it is called there, and where it stands. */
interface Given {
  readonly name: string
  readonly tree: string
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `    ${line}`))
const tuple = (items: readonly string[]): string => (items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`)

const isOf = (source: Input['source']) => (node: Expr) => node.kind === 'input' && node.source === source

/** One module under print. */
class Module {
  private readonly rule: Rule
  private readonly printing: Printing
  private readonly program: Program
  private readonly groups: readonly Group[]
  private readonly state: StateText
  private readonly paths: readonly Path[]
  private readonly integers: ReadonlySet<string>
  private readonly reductions: ReadonlyMap<string, Reduction>
  private readonly slots: ReadonlyMap<string, PlacedSlot>
  /** The names that slots, signals and trees by name have everywhere. */
  private readonly names = new Names()
  private readonly slotNames: readonly string[]
  private readonly extras = new Map<string, string>()
  /** Which helpers the text calls. */
  private readonly uses = new Set<'each' | 'sum' | 'max' | 'full' | 'fullAlong' | 'byGroup'>()

  constructor(rule: Rule, printing: Printing) {
    this.rule = rule
    this.printing = printing
    this.program = programOf(rule, rule.graph.ahead ? 'all' : 'update', { fast: false })
    this.groups = groupsOf(this.program, printing.leaves)
    this.state = new StateText(rule.slots, rule.name)
    this.paths = treeEntries(rule.slots).map(([path]) => path)
    this.integers = integerSlots(this.program)
    this.reductions = new Map(this.program.reductions.map((made) => [made.result.name, made]))
    this.slots = new Map(this.program.slots.map((placed) => [placed.name, placed]))
    for (const name of ['g', 'p', 'w', printing.name]) this.names.fresh(name)
    this.slotNames = this.paths.map((path) => this.names.fresh(snakeCase(String(path.findLast(isWord) ?? 'slot'))))
  }

  /** The whole text. */
  text(): string {
    const update = this.update()
    const step = this.rule.graph.ahead ? this.step() : []
    const init = this.init()
    const given = this.extrasIn(this.outputs(true)).length > 0
    const kind = given ? 'GradientTransformationExtraArgs' : 'GradientTransformation'
    const blocks = [
      ...this.state.definitions(),
      ...(this.isGrouped ? [this.table()] : []),
      ...this.helpers(),
      init.join('\n'),
      update.join('\n'),
      ...(step.length > 0 ? [step.join('\n')] : []),
    ]
    const code = [...blocks, `${this.printing.name} = optax.${kind}(init, update)`].join('\n\n\n')
    const gap = code.startsWith('#') ? '\n\n' : '\n\n\n'
    return `${this.docstring()}\n\n${importsOf(code)}${gap}${wrapped(code)}\n`
  }

  private get isGrouped(): boolean {
    return this.groups.some(({ paths }) => paths.length > 0)
  }

  private docstring(): string {
    const lines = linesOf(this.rule)
    const width = Math.max(...lines.map(([name]) => name.length))
    const formulas = lines.map(([name, text]) => `    ${name.padEnd(width)} = ${text}`)
    const text = [
      `${this.rule.name}, printed by foregrad.`,
      '',
      ...formulas,
      '',
      'g: gradient, p: parameter before the step, w: after it.',
    ]
    return `"""${text.join('\n').replaceAll('\\', '\\\\').replaceAll('"""', "'''")}\n"""`
  }

  private table(): string {
    const entries = this.groups.flatMap(({ paths }, i) => paths.map((path) => `    ${quoted(path)}: ${i},`))
    return ['# Which leaves are treated alike.', '_GROUPS = {', ...entries, '}'].join('\n')
  }

  private helpers(): string[] {
    const computes = this.uses.has('each') || this.uses.has('sum') || this.uses.has('max')
    return [
      ...(this.uses.has('full') ? [full] : []),
      ...(this.uses.has('fullAlong') ? [fullAlong] : []),
      ...(this.isGrouped ? [choosing] : []),
      ...(this.uses.has('byGroup') ? [byGroup] : []),
      ...(computes ? [this.hasHoles ? wideOrMasked : wide, rows(this.isGrouped)] : []),
      ...(this.uses.has('each') ? [each(this.hasHoles)] : []),
      ...(this.uses.has('sum') ? [reducing.sum] : []),
      ...(this.uses.has('max') ? [reducing.max] : []),
    ]
  }

  /** True where a slot has no numbers for some leaves. */
  private get hasHoles(): boolean {
    return this.program.slots.some((placed) => this.groups.some((group) => !this.isPresent(placed, group)))
  }

  private isPresent({ slot }: PlacedSlot, { finish }: Group): boolean {
    const when = slot.present && finish(slot.present)
    return when?.kind !== 'constant' || when.value !== 0
  }

  // --- init

  private init(): string[] {
    const starts = new Map(this.program.slots.map((placed) => [placed.index, this.start(placed)]))
    const index = new Map(this.paths.map((path, i) => [pathText(path, ''), i]))
    const made = this.state.build((path) => starts.get(index.get(pathText(path, '')) as number) as string)
    return ['def init(params: Any) -> Any:', `    """The state before the first update."""`, `    return ${made}`]
  }

  private start(placed: PlacedSlot): string {
    const { slot, name } = placed
    const value = `${Number(slot.start)}`
    if (slot.rank === 'step' && this.integers.has(name)) {
      return slot.start === 0 ? 'jnp.zeros([], jnp.int32)' : `jnp.asarray(${value}, jnp.int32)`
    }
    if (slot.rank === 'step' || slot.rank === 'tree') return `jnp.asarray(${floatText(slot.start as number)}, float)`
    const each = this.groups.map((group) => this.startIn(placed, group))
    if (each.every((text) => text === each[0])) return `jax.tree.map(${each[0]}, params)`
    this.uses.add('byGroup')
    return `${initial}(${tuple(each)}, params)`
  }

  /** The function that makes a slot's first value of a parameter of a group. */
  private startIn(placed: PlacedSlot, group: Group): string {
    const { slot } = placed
    if (!this.isPresent(placed, group)) return 'lambda _: optax.MaskedNode()'
    if (slot.rank === 'leaf') return `lambda _: jnp.asarray(${floatText(slot.start as number)}, float)`
    const { dtype } = this.printing
    const as = dtype ? `, jnp.${dtype}` : ''
    if (slot.start === 'params') return `lambda p: jnp.array(p${as})`
    const value = floatText(slot.start)
    this.uses.add('full')
    const axes = slot.reduced ? axesIn(group.bits(slot.reduced.axes)) : []
    if (axes.length === 0) return `lambda p: _full(p, ${value}${as})`
    this.uses.add('fullAlong')
    return `lambda p: _full_along(p, ${axesText(axes)}, ${value}${as})`
  }

  // --- what is computed

  private readonly reduced = (node: Expr): Reduction | undefined => {
    if (node.kind !== 'input' || node.source !== 'reduced') return undefined
    const found = this.reductions.get(node.name)
    return found && found.over !== 'tree' ? found : undefined
  }

  /** What `update` makes; with `later` also what `step` does. */
  private outputs(later = false): readonly Output[] {
    const { cells, leaves, trees, steps } = this.program
    return [...cells, ...leaves, ...trees, ...steps].filter(
      ({ target }) => later || (target.to !== 'params' && target.to !== 'ahead'),
    )
  }

  /** All that these outputs are made of, with the reductions over the tree. */
  private made(outputs: readonly Output[]): {
    readonly nodes: readonly Expr[]
    readonly reductions: readonly Reduction[]
  } {
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

  private reducedIn(group: Group) {
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
  private onesIn(group: Group): (node: Expr) => number {
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

  /** Signals and trees by name, in the order of their names in Python. */
  private extrasIn(outputs: readonly Output[]): readonly Input[] {
    const found = new Map<string, Input>()
    for (const node of this.made(outputs).nodes)
      if (isOf('signal')(node) || isOf('extra')(node)) found.set((node as Input).name, node as Input)
    for (const name of found.keys())
      if (!this.extras.has(name)) this.extras.set(name, this.names.fresh(snakeCase(name)))
    return [...found.values()]
  }

  private argument({ name, absent }: Input): string {
    const said = this.extras.get(name) as string
    return absent === undefined ? `${said}: Any = None` : `${said}: Any = ${floatText(absent)}`
  }

  /** Where one is not given that must be. */
  private missingIn(extras: readonly Input[]): string[] {
    return extras.flatMap(({ name, absent }) => {
      const said = this.extras.get(name) as string
      return absent === undefined ? missing(`${this.rule.name} reads ${said}: give it by name.`, said) : []
    })
  }

  // --- functions

  private update(): string[] {
    const outputs = this.outputs()
    const extras = this.extrasIn(outputs)
    const needsParams = this.made(outputs).nodes.some(isOf('params'))
    const list = ['updates: Any', 'state: Any', 'params: Any = None']
    if (extras.length > 0) list.push('*', ...extras.map((node) => this.argument(node)), '**extra: Any')
    const fn = new Frame(this.names.within())
    const made = this.say(fn, outputs, 'updates')
    const kept = new Map(this.program.slots.map(({ name }) => [name, made.get(name) as string]))
    const next = this.state.build((path) => kept.get(pathText(path, '')) as string)
    const ignores = extras.length > 0 ? ['del extra'] : []
    const wanted = this.missingIn(extras)
    return [
      `def update(${list.join(', ')}) -> Any:`,
      `    """The updates to add to the parameters, and the next state."""`,
      ...indent([
        ...ignores,
        ...(needsParams ? missing(`${this.rule.name} reads the parameters: give params.`, 'params') : []),
        ...wanted,
        ...readOnly(fn.body.lines, `${made.get('updates')}, ${next}`),
        `return ${made.get('updates')}, ${next}`,
      ]),
    ]
  }

  private step(): string[] {
    const later = this.program.cells.filter(({ target }) => target.to === 'params' || target.to === 'ahead')
    const first = this.extrasIn(this.outputs())
    const all = this.extrasIn(this.outputs(true))
    const isHere = this.made(later).nodes.some(isOf('ahead'))
    const list = ['grads: Any', 'state: Any', 'params: Any']
    if (isHere) list.push('ahead: Any = None')
    if (all.length > 0) list.push('*', ...all.map((node) => this.argument(node)))
    const fn = new Frame(this.names.within())
    fn.body.names.fresh('grads')
    const passed = first.map(({ name }) => `, ${this.extras.get(name)}=${this.extras.get(name)}`).join('')
    const projects = this.rule.graph.project !== undefined
    const lines = [
      ...this.missingIn(all.filter((node) => !first.includes(node))),
      `${projects ? '_' : 'updates'}, new_state = update(grads, state, params${passed})`,
      ...(projects ? [] : ['new_params = optax.apply_updates(params, updates)']),
      ...(isHere ? ['ahead = params if ahead is None else ahead'] : []),
    ]
    const outputs = projects ? later : later.filter(({ target }) => target.to === 'ahead')
    const made = this.say(fn, outputs, 'grads', projects ? 'ahead' : 'moved')
    const result = `return ${made.get('params') ?? 'new_params'}, new_state, ${made.get('ahead')}`
    return [
      `def step(${list.join(', ')}) -> Any:`,
      `    """The parameters after the step, the next state, and the place to take the next gradient at."""`,
      ...indent([...lines, ...readOnly(fn.body.lines, result), result]),
    ]
  }

  /** Says how these outputs are computed; returns the text of each, by where it goes. */
  private say(
    fn: Frame,
    outputs: readonly Output[],
    grads: 'updates' | 'grads',
    after?: 'ahead' | 'moved',
  ): Map<string, string> {
    const { nodes, reductions } = this.made(outputs)
    const writer = new Writer(fn, this, grads, after, nodes)
    for (const made of reductions) writer.reduce(made)
    return writer.write(outputs)
  }

  // --- what a writer asks

  lookupInput(node: Input): Term {
    const { source, name } = node
    if (source === 'signal') return atom(this.extras.get(name) as string)
    if (source === 'slot') {
      const { index, slot } = this.slots.get(name) as PlacedSlot
      const isStep = slot.rank === 'step' || slot.rank === 'tree'
      if (!isStep) return atom(this.slotNames[index] as string)
      return atom(this.slotAt('state', index), this.integers.has(name) ? 'int' : 'float')
    }
    return atom(this.leafName(node))
  }

  /** What an input of a function of leaves is called there. */
  leafName({ source, name }: Input): string {
    if (source === 'grads') return 'g'
    if (source === 'params') return 'p'
    if (source === 'ahead') return 'here'
    if (source === 'extra') return this.extras.get(name) as string
    return this.slotNames[(this.slots.get(name) as PlacedSlot).index] as string
  }

  leafTree({ source, name }: Input, grads: string): string {
    if (source === 'grads') return grads
    if (source === 'params') return 'params'
    if (source === 'ahead') return 'ahead'
    if (source === 'extra') return this.extras.get(name) as string
    return this.slotAt('state', (this.slots.get(name) as PlacedSlot).index)
  }

  slotAt(variable: string, index: number): string {
    return this.state.at(variable, this.paths[index] as Path)
  }

  slotName(index: number): string {
    return this.slotNames[index] as string
  }

  get all(): { readonly program: Program; readonly groups: readonly Group[] } {
    return { program: this.program, groups: this.groups }
  }

  present(name: string, group: Group): boolean {
    return this.isPresent(this.slots.get(name) as PlacedSlot, group)
  }

  reducedFor(group: Group) {
    return this.reducedIn(group)
  }

  onesFor(group: Group): (node: Expr) => number {
    return this.onesIn(group)
  }

  use(helper: 'each' | 'sum' | 'max'): void {
    this.uses.add(helper)
  }
}

/** The bits of all axes there may be. */
const everyAxis = 2 ** MOST_AXES - 1

const axesText = (axes: readonly number[]): string => (axes.length === 1 ? `${axes[0]}` : tuple(axes.map(String)))

const isWord = (step: string | number): boolean => typeof step === 'string'

const floatText = (value: number): string =>
  Number.isNaN(value)
    ? 'jnp.nan'
    : !Number.isFinite(value)
      ? `${value < 0 ? '-' : ''}jnp.inf`
      : Object.is(value, -0)
        ? '-0.0'
        : /^-?\d+$/.test(String(value))
          ? `${value}.0`
          : String(value)

const missing = (text: string, name: string): string[] => [
  `if ${name} is None:`,
  `    raise ValueError(${quoted(text)})`,
]

const importsOf = (code: string): string => {
  const has = (word: string): boolean => code.includes(word)
  const standard = [
    ...(has('functools.') ? ['import functools'] : []),
    ...(has('math.log(') ? ['import math'] : []),
    has('(NamedTuple)') ? 'from typing import Any, NamedTuple' : 'from typing import Any',
  ]
  const others = [
    ...(has('jax.') ? ['import jax'] : []),
    ...(has('jnp.') ? ['import jax.numpy as jnp'] : []),
    'import optax',
    ...(has('shard_alike(') ? ['from jax.experimental.shard_alike import shard_alike'] : []),
  ]
  return `${standard.join('\n')}\n\n${others.join('\n')}`
}

/** A function under print: the lines of its body so far. */
class Frame {
  readonly body: Scope

  constructor(names: Names) {
    this.body = scopeWith(names)
  }
}

/** Writes the lines of one function. */
class Writer {
  private readonly fn: Frame
  private readonly module: Module
  private readonly grads: string
  private readonly after: 'ahead' | 'moved' | undefined
  private readonly nodes: readonly Expr[]

  constructor(fn: Frame, module: Module, grads: string, after: 'ahead' | 'moved' | undefined, nodes: readonly Expr[]) {
    this.fn = fn
    this.module = module
    this.grads = grads
    this.after = after
    this.nodes = nodes
    if (after) this.know(fn.body, { paths: [], finish: (expr) => expr }, ['step'])
  }

  /** After `update`, what it made is read back instead of computed again. */
  private know(
    scope: Scope,
    { finish }: Pick<Group, 'finish'> & { paths: readonly string[] },
    ranks: readonly string[],
  ): Given[] {
    const { program } = this.module.all
    const found: Given[] = []
    if (!this.after) return found
    const isStep = ranks.includes('step')
    const outputs = isStep ? [...program.steps, ...program.trees] : [...program.leaves, ...program.cells]
    for (const { target, expr } of outputs) {
      if (target.to === 'ahead' || target.to === 'updates' || (target.to === 'params' && this.after !== 'moved'))
        continue
      const node = finish(expr)
      if (node.kind === 'input' || node.kind === 'constant' || scope.terms.has(node)) continue
      const tree = target.to === 'params' ? 'new_params' : this.module.slotAt('new_state', slotOf(target))
      const name = target.to === 'params' ? 'w' : `new_${this.module.slotName(slotOf(target))}`
      if (isStep) scope.terms.set(node, atom(tree, isIntText(this.module, target) ? 'int' : 'float'))
      else {
        scope.terms.set(node, atom(name))
        found.push({ name, tree })
      }
    }
    return found
  }

  reduce(made: Reduction): void {
    const name = this.fn.body.names.fresh(made.op === 'sum' ? 'total' : 'largest')
    const inner = this.fn.body.names.fresh(`leaf_${made.op}`)
    const { chosen, trees } = this.functions(inner, (say, group) => {
      const node = group.finish(made.expr)
      const [term] = say([node]) as [Term]
      const isNothing =
        node.kind === 'constant' && Object.is(node.value, made.op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
      const isSpread = this.module.onesFor(group)(node) !== 0
      return isNothing ? term.code : reduction({ op: made.op, isSpread }, term).code
    })
    this.module.use(made.op)
    this.fn.body.lines.push(`${name} = _${made.op}(${chosen}, ${tuple(trees)})`)
    this.fn.body.terms.set(made.result, atom(name))
  }

  write(outputs: readonly Output[]): Map<string, string> {
    const made = new Map<string, string>()
    const key = ({ target }: Output): string => (target.to === 'slot' ? target.name : target.to)
    const { groups } = this.module.all
    const moves: Output[] = []
    const scalars: Output[] = []
    for (const output of outputs) {
      const { target, expr } = output
      const isScalar = target.to === 'slot' && this.isScalar(target.name)
      const same = groups.every(({ finish }) => {
        const node = finish(expr)
        if (node.kind !== 'input') return false
        return target.to === 'slot'
          ? node.source === 'slot' && node.name === target.name
          : node.source === 'grads' && target.to === 'updates'
      })
      if (same) made.set(key(output), target.to === 'slot' ? this.module.slotAt('state', slotOf(target)) : this.grads)
      else if (isScalar) scalars.push(output)
      else moves.push(output)
    }
    const say = sayer(this.fn.body, { ...this.lookups(), reduced: () => undefined, wish: this.wish() })
    const terms = say(scalars.map(({ expr }) => expr))
    scalars.forEach((output, i) => {
      made.set(key(output), this.scalarText(output, terms[i] as Term))
    })
    if (moves.length === 0) return made
    const inner = this.fn.body.names.fresh('leaf')
    const { chosen, trees } = this.functions(inner, (sayLeaf, group) => {
      const present = moves.map(({ target }) => target.to !== 'slot' || this.module.present(target.name, group))
      const roots = moves.filter((_, i) => present[i]).map(({ expr }) => group.finish(expr))
      const said = sayLeaf(roots)
      return tuple(present.map((is) => (is ? (said.shift() as Term).code : 'optax.MaskedNode()')))
    })
    const likes = moves.map(({ target }) =>
      target.to === 'slot'
        ? this.module.slotAt('state', slotOf(target))
        : target.to === 'updates'
          ? this.grads
          : 'params',
    )
    const names = moves.map(({ target }) =>
      this.fn.body.names.fresh(
        target.to === 'slot'
          ? `new_${this.module.slotName(slotOf(target))}`
          : target.to === 'updates'
            ? 'u'
            : target.to === 'params'
              ? 'moved'
              : 'place',
      ),
    )
    moves.forEach((output, i) => {
      made.set(key(output), names[i] as string)
    })
    this.module.use('each')
    const left = names.length === 1 ? `(${names[0]},)` : names.join(', ')
    this.fn.body.lines.push(`${left} = _each(${chosen}, ${tuple(trees)}, ${tuple(likes)})`)
    return made
  }

  private isScalar(name: string): boolean {
    const found = this.module.all.program.slots.find((placed) => placed.name === name)
    return found?.slot.rank === 'step' || found?.slot.rank === 'tree'
  }

  private scalarText({ target }: Output, term: Term): string {
    if (target.to !== 'slot') return term.code
    const isInt = isIntText(this.module, target)
    if (term.value === undefined && term.kind === (isInt ? 'int' : 'float')) return term.code
    return `jnp.asarray(${term.code}, ${isInt ? 'jnp.int32' : 'float'})`
  }

  private lookups() {
    return {
      input: (node: Input) => this.module.lookupInput(node),
      fact: (node: Expr) => (node === sizeLeaf ? atom('g.size', 'number') : atom('jnp.nan')),
    }
  }

  /** What the next values of slots are called. */
  private wish(): (node: Expr) => string | undefined {
    const { program, groups } = this.module.all
    const wishes = new Map<Expr, string>()
    for (const { target, expr } of [...program.steps, ...program.trees, ...program.leaves, ...program.cells])
      if (target.to === 'slot')
        for (const { finish } of groups) wishes.set(finish(expr), `new_${this.module.slotName(slotOf(target))}`)
    return (node) =>
      wishes.get(node) ??
      (node.kind === 'input' && node.source === 'reduced' ? `leaf_${node.name.replace(/\d+$/, '')}` : undefined)
  }

  /** Functions of leaves, one a group, with what they are given; and the text that chooses among them. */
  private functions(
    wish: string,
    result: (say: (roots: readonly Expr[]) => Term[], group: Group) => string,
  ): { readonly chosen: string; readonly trees: string[] } {
    const { groups } = this.module.all
    const bodies = groups.map((group) => {
      const scope = scopeWith(this.fn.body.names.within())
      const known = this.know(scope, group, ['cell', 'leaf'])
      const say = sayer(this.fn.body, { ...this.lookups(), reduced: this.module.reducedFor(group), wish: this.wish() })
      const text = result((roots) => say(roots, scope), group)
      return { scope, known, text }
    })
    const all = bodies.map(({ scope, text }) => [...scope.lines, text].join('\n')).join('\n')
    const mentions = (name: string): boolean => new RegExp(`(?<![\\w.])${name}(?![\\w])`).test(all)
    const inputs = new Map<string, string>()
    for (const node of this.nodes) {
      if (node.kind !== 'input' || node.rank === 'step' || node.source === 'reduced') continue
      inputs.set(this.module.leafName(node), this.module.leafTree(node, this.grads))
    }
    for (const { known } of bodies) for (const { name, tree } of known) inputs.set(name, tree)
    inputs.delete('g')
    const order = [['g', this.grads] as const, ...[...inputs].filter(([name]) => mentions(name))]
    const args = order.map(([name]) => name).join(', ')
    // Groups that are treated alike after all share a function.
    const written = new Map<string, string>()
    const names = bodies.map(({ scope, text }) => {
      const lines = indent([...readOnly(scope.lines, text), `return ${text}`])
      const known = written.get(lines.join('\n'))
      if (known) return known
      const name = bodies.length === 1 ? wish : this.fn.body.names.fresh(`${wish}_${written.size}`)
      this.fn.body.lines.push('', `def ${name}(${args}):`, ...lines, '')
      written.set(lines.join('\n'), name)
      return name
    })
    const isGrouped = groups.some(({ paths }) => paths.length > 0)
    return { chosen: isGrouped ? tuple(names) : (names[0] as string), trees: order.map(([, tree]) => tree) }
  }
}

const slotOf = (target: Output['target']): number => (target.to === 'slot' ? target.slot : -1)

const isIntText = (module: Module, target: Output['target']): boolean =>
  target.to === 'slot' &&
  module.lookupInput({ kind: 'input', rank: 'step', source: 'slot', name: target.name }).kind === 'int'

/** The text of a rule whose questions, schedules and forms can all be said. */
export const moduleText = (rule: Rule, printing: Printing): string => new Module(rule, printing).text()

/** The functions of a user that no text can call. */
export const calledIn = (roots: readonly Expr[]): readonly ((count: number) => number)[] => [
  ...new Set(nodesOf(roots).flatMap((node) => (node.kind === 'host' && node.f !== Math.fround ? [node.f] : []))),
]
