/** The lines of a stage written against array operations: totals over the tree, loops over lists of trees, and functions of leaves. */
import { type Path, pathText } from '../data/path.ts'
import type { Scope } from './body.ts'
import { type Book, indent, tuple } from './book.ts'
import { boundInTurn, type LeafBody, writeFunctions } from './leafFunctions.ts'
import { listOf } from './lists.ts'
import { snakeCase } from './names.ts'
import { StepSayer } from './sayTraced.ts'
import { allIn, type Loop, type LoopItem, Symbolic, type Total } from './symbol.ts'
import { asFloat, atom, type Term } from './term.ts'
import { type Bundle, mainOf } from './trace.ts'
import { none, type TracedPart, treesIn } from './tracedText.ts'

/** Where a stage is written. */
export interface TracedWriting {
  readonly body: Scope
  readonly book: Book
  /** One leaf of each group. */
  readonly leaves: readonly number[]
  /** The tree that the stage acts on, and the name of what it makes of that. */
  readonly main: string
  readonly into: string
}

/** Functions of leaves, one a group, and the trees that they are given: the name of each there, and its text. */
interface Functions {
  readonly bodies: readonly LeafBody[]
  readonly given: readonly (readonly [string, string])[]
}

/** A tree that is to be made, leaf by leaf, and what it is to be called. */
interface Wanted {
  readonly wish: string
  readonly values: readonly Symbolic[]
}

class TracedWriter {
  private readonly part: TracedPart
  private readonly writing: TracedWriting
  private readonly steps: StepSayer
  /** Where lines go: the body, or a loop in it. */
  private scope: Scope
  /** What functions of leaves may be given, by its name there. */
  private readonly trees: Map<string, string>
  /** The text of what is kept, before the step. */
  private readonly states: readonly string[]
  /** What trees are called that were made already, by their arrays. */
  private readonly made = new Map<Symbolic, string>()
  /** What totals are called, by their functions. */
  private totals: ReadonlyMap<string, string> = new Map()
  private readonly loops = new Set<Loop>()

  constructor(part: TracedPart, writing: TracedWriting) {
    const { body, book, main } = writing
    this.part = part
    this.writing = writing
    this.scope = body
    this.states = part.paths.map((path) => book.slotAt('state', path))
    this.steps = new StepSayer(body, {
      counted: (i) => atom(this.states[i] as string, part.isInteger(i) ? 'int' : 'float'),
      signal: (name) => atom(book.extras.get(name) as string),
      total: (node) => atom(this.total(node.total as Total)),
      loop: (loop) => this.loop(loop),
      made: (node) => this.made.get(node),
      isShared: (node) => part.isShared(node),
    })
    this.trees = new Map([
      [this.mainName, main],
      ['p', 'params'],
      ...part.trees.map((i) => [part.traced.names[i] as string, this.states[i] as string] as const),
    ])
  }

  /** Writes all of it. Returns the text of the next state, path by path. */
  write(): ReadonlyMap<string, string> {
    const { part, states } = this
    if (part.draws) this.draw()
    for (const { items } of part.loops) this.make(items.flatMap(wantedFor))
    const next = new Map<number, string>(part.trees.map((i) => [i, states[i] as string]))
    const open = part.moving.filter((i) => {
      const text = this.standing(part.traced.next[i] as readonly Bundle[])
      if (text !== undefined) next.set(i, text)
      return text === undefined
    })
    for (const [i, name] of this.last(open)) next.set(i, name)
    part.starts.forEach((start, i) => {
      if (start !== undefined) next.set(i, this.numberAfter(i))
    })
    return new Map([...next].map(([i, text]) => [pathText(part.paths[i] as Path, ''), text]))
  }

  private get names() {
    return this.writing.body.names
  }

  /** What functions of leaves call the leaf of the tree that the stage acts on. */
  private get mainName(): string {
    return mainOf(this.part.form)
  }

  private draw(): void {
    const name = this.names.fresh('places')
    this.scope.lines.push(`${name} = _by_path(${this.part.places}, ${this.writing.main})`)
    this.trees.set('place', name)
  }

  /** The functions that make the update, and these trees of the next state. Returns what the trees are called. */
  private last(kept: readonly number[]): readonly (readonly [number, string])[] {
    const { part, writing, states } = this
    const { updates, next } = part.traced
    const made = this.functions(
      (at) => [updates[at] as Bundle, ...kept.map((i) => next[i]?.[at] as Bundle)],
      tuple([this.mainName, ...kept.map(() => none)]),
    )
    const call = this.called(snakeCase(part.form.name), made)
    const names = kept.map((i) => [i, this.names.fresh(`new_${writing.book.slotName(part.paths[i] as Path)}`)] as const)
    const like = part.form.kind === 'projection' ? 'params' : writing.main
    const likes = [like, ...kept.map((i) => states[i] as string)]
    this.each([writing.into, ...names.map(([, name]) => name)], call, likes)
    return names
  }

  private each(names: readonly string[], call: string, likes: readonly string[]): void {
    this.writing.book.uses.add('each')
    const left = names.length === 1 ? tuple(names) : names.join(', ')
    this.scope.lines.push(`${left} = _each(${call}, ${tuple(likes)})`)
  }

  private functions(rootsOf: (own: number) => readonly Bundle[], others: string): Functions {
    const { part, writing, steps } = this
    const bodies = writing.leaves.map((leaf) => part.leafBody(leaf, rootsOf, others, steps))
    const all = bodies.map(({ lines, text }) => [...lines, text].join('\n')).join('\n')
    const read = [...this.trees].filter(([name]) => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(all))
    // The first says which leaves there are, so it has an array for each.
    const isWhole = (name: string): boolean =>
      name === this.mainName || (!part.hasHoles(writing.leaves) && this.isPlain(name))
    const first = read.find(([name]) => isWhole(name)) ?? ([this.mainName, writing.main] as const)
    return { bodies, given: [first, ...read.filter(([name]) => name !== first[0])] }
  }

  /** Writes functions. Returns the text that names them and the trees that they are given. */
  private called(wish: string, { bodies, given }: Functions): string {
    const args = given.map(([name]) => name)
    const { book } = this.writing
    const chosen = writeFunctions(this.scope, this.names.fresh(wish), args, bodies, book.isGrouped)
    return `${chosen}, ${tuple(given.map(([, tree]) => tree))}`
  }

  /** True for a tree with one array for each leaf. */
  private isPlain(name: string): boolean {
    const { names, starts } = this.part.traced
    const kept = starts[names.indexOf(name)]
    return kept === undefined ? name !== 'place' : kept.every((bundle) => bundle instanceof Symbolic)
  }

  private total({ op, terms }: Total): string {
    const { part, writing } = this
    const isSummed = [...terms.values()].some(({ summed }) => summed)
    const nothing = op === 'add' ? '0.0' : '-jnp.inf'
    const rootOf = (at: number): readonly Symbolic[] => {
      const term = terms.get(at)
      return term ? [term.summed ?? term] : []
    }
    const { bodies, given } = this.functions(rootOf, nothing)
    const numbers = bodies.map(({ lines, text }, i) => {
      const leaf = writing.leaves[i] as number
      const term = terms.get(part.placeOf(leaf) ?? -1)
      if (term === undefined) return { lines, text: nothing }
      const one = text.slice(1, -2)
      const isWhole = term.summed || (isSummed && part.shapeOf(leaf).length === 0)
      return { lines, text: isWhole ? `jnp.sum(${one})` : one }
    })
    const key = JSON.stringify([op, numbers, given])
    const known = this.totals.get(key)
    if (known !== undefined) return known
    const [helper, wish] = op === 'add' ? (['sum', 'total'] as const) : (['max', 'largest'] as const)
    const made = this.names.fresh(wish)
    const call = this.called(`leaf_${helper}`, { bodies: numbers, given })
    writing.book.uses.add(helper)
    this.scope.lines.push(`${made} = _${helper}(${call})`)
    this.totals = new Map([...this.totals, [key, made]])
    return made
  }

  /** The text of a tree that needs no function of leaves: it was made, or is another that is kept. */
  private standing(values: readonly Bundle[]): string | undefined {
    const [first] = values
    if (!(first instanceof Symbolic)) return undefined
    const tree = first.given?.tree
    if (first.loop || tree === undefined) return this.made.get(first)
    const isKept = this.part.traced.names.includes(tree) && this.isPlain(tree)
    const isAll = values.every((value) => value instanceof Symbolic && value.given?.tree === tree)
    return isKept && isAll ? this.trees.get(tree) : undefined
  }

  /** Makes trees, and knows what they are called from then on. */
  private make(wanted: readonly Wanted[]): void {
    const { part, writing, states } = this
    const open = wanted.filter(
      ({ values }, i) =>
        this.standing(values) === undefined && wanted.findIndex((other) => other.values[0] === values[0]) === i,
    )
    if (open.length === 0) return
    const made = this.functions((at) => open.map(({ values }) => values[at] as Symbolic), tuple(open.map(() => none)))
    const likes = open.map(({ values }) => {
      const kept = part.moving.find((i) => part.traced.next[i]?.every((bundle, leaf) => bundle === values[leaf]))
      return kept === undefined ? writing.main : (states[kept] as string)
    })
    const call = this.called('leaf', made)
    const names = open.map(({ wish }) => this.names.fresh(wish))
    this.each(names, call, likes)
    open.forEach(({ values }, i) => {
      const name = names[i] as string
      this.trees.set(name, name)
      for (const value of values) this.made.set(value, name)
    })
  }

  /** Writes a loop, once. */
  private loop(loop: Loop): void {
    if (this.loops.has(loop)) return
    this.loops.add(loop)
    const { items, out, name, next, isBackward } = loop
    this.make(items.flatMap(wantedFor))
    const lists = items.map((item) => this.list(item))
    this.start(loop)
    for (const item of items) this.trees.set(item.name, item.name)
    // What a turn sums, the next does anew.
    const [around, totals] = [this.scope, this.totals]
    if (out) around.lines.push(`${out.all} = []`)
    this.scope = this.steps.body = { ...around, lines: [] }
    if (out) this.steps.assign(out.one, out.name)
    const made = this.functions((at) => [next[at] as Symbolic], tuple([name]))
    this.each([name], this.called('leaf', made), [name])
    if (out) this.scope.lines.push(`${out.all}.append(${out.name})`)
    const { lines } = this.scope
    this.scope = this.steps.body = around
    this.totals = totals
    const each = items.map((item) => item.name).join(', ')
    const over = lists.map((list) => (isBackward ? `reversed(${list})` : list)).join(', ')
    around.lines.push(`for ${each} in ${items.length === 1 ? over : `zip(${over})`}:`, ...indent(boundInTurn(lines)))
    if (out && isBackward) around.lines.push(`${out.all}.reverse()`)
    if (out) this.writing.book.lists.set(out.all, items[0]?.values.length as number)
  }

  /** The tree that a loop starts with, in float32 at least. */
  private start({ name, start }: Loop): void {
    const [first] = start
    const tree = first?.given?.tree
    const isAll = start.every(({ given }) => given?.tree === tree)
    if (isAll && first?.loop) this.loop(first.loop)
    const text = isAll && tree !== undefined ? this.trees.get(tree) : this.standing(start)
    if (text !== undefined) this.scope.lines.push(`${name} = jax.tree.map(_wide, ${text})`)
    else {
      // Behind another loop, the tree that this made is wide already.
      const like = start.flatMap(loopsBelow)[0]?.name
      const made = this.functions((at) => [start[at] as Symbolic], tuple([like ?? this.mainName]))
      this.each([name], this.called('leaf', made), [like ?? this.writing.main])
    }
    this.trees.set(name, name)
  }

  /** A list that a loop goes along. */
  private list({ name, values }: LoopItem): string {
    const { lists, bound } = this.writing.book
    const texts = values.map((value) =>
      value instanceof Symbolic ? this.steps.named(value).code : (this.standing(value) as string),
    )
    const text = listOf(texts, (list) => lists.get(list))
    const known = bound.get(text) ?? (/^\w+$/.test(text) ? text : undefined)
    if (known !== undefined) return known
    const made = this.names.fresh(`${name}s`)
    this.scope.lines.push(`${made} = ${text}`)
    lists.set(made, values.length)
    bound.set(text, made)
    return made
  }

  private numberAfter(index: number): string {
    const { part, steps } = this
    const next = part.traced.next[index]?.[0] as Symbolic
    if (part.starts[index] instanceof Symbolic) {
      const term = steps.named(next)
      // A largest number has the dtype of its leaf, a sum that of floats.
      const isFloat = term.value === undefined && allIn([next]).every(({ total }) => total?.op !== 'max')
      return isFloat ? asFloat(term).code : `jnp.asarray(${term.code}, float)`
    }
    const { code, kind, value }: Term = steps.say(next)
    const isInt = part.isInteger(index)
    if (value === undefined && kind === (isInt ? 'int' : 'float')) return code
    return `jnp.asarray(${isInt ? Math.round(value ?? 0) : code}, ${isInt ? 'jnp.int32' : 'float'})`
  }
}

/** The loops whose trees an array is made of. */
const loopsBelow = ({ loop, operands }: Symbolic): readonly Loop[] => (loop ? [loop] : operands.flatMap(loopsBelow))

/** The trees that stand before a loop can begin. */
const wantedFor = (item: LoopItem): readonly Wanted[] =>
  treesIn(item).map((values) => ({ wish: `new_${item.name}`, values }))

/** Writes a stage. Returns the text of what it makes of the tree that it acts on, and of the next state, path by path. */
export const writeTraced = (
  part: TracedPart,
  writing: TracedWriting,
): { readonly made: string; readonly kept: ReadonlyMap<string, string> } => {
  if (part.isIdle(writing.leaves)) return { made: writing.main, kept: new Map() }
  return { made: writing.into, kept: new TracedWriter(part, writing).write() }
}
