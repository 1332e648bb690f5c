/** A stage written against array operations as functions of leaves in Python. */
import type { Path } from '../data/path.ts'
import { treeEntries, treeLeaves } from '../data/tree.ts'
import type { Input, LeafInfo } from '../expr/expr.ts'
import type { Opaque, Projection } from '../form/form.ts'
import { only } from '../form/onLeaves.ts'
import type { Part } from '../form/parts.ts'
import { pathIn } from '../form/places.ts'
import { type Book, tuple } from './book.ts'
import type { LeafBody } from './leafFunctions.ts'
import { Names, quoted, snakeCase } from './names.ts'
import { type Numbers, StepSayer, said } from './sayTraced.ts'
import { startOfTree } from './starts.ts'
import { type Loop, type LoopItem, Symbolic } from './symbol.ts'
import { listText } from './symbolic.ts'
import { atom, numberTerm } from './term.ts'
import { arraysIn, type Bundle, mainOf, staysIn, type Traced, taken, trace } from './trace.ts'

/** Stands for the leaves that a stage is not for. */
export const none = 'optax.MaskedNode()'

/** What a stage reads, where no module is known. */
const alone: Omit<Numbers, 'counted'> = {
  signal: (name) => atom(snakeCase(name)),
  total: () => atom('total'),
  loop: () => {},
  made: () => undefined,
  isShared: () => false,
}

/** The trees among what a loop is given. */
export const treesIn = ({ values }: LoopItem): readonly (readonly Symbolic[])[] =>
  values.flatMap((value) => (value instanceof Symbolic ? [] : [value]))

/** What a stage does on leaves of these shapes, before the module is known. */
export class TracedPart {
  readonly form: Opaque | Projection
  private readonly leaves: readonly LeafInfo[]
  readonly traced: Traced
  /** Where what is kept stands in the whole state. */
  readonly paths: readonly Path[]
  /** The numbers and arrays of no leaf that are kept, by what they start at; nothing for a tree. */
  readonly starts: readonly (number | Symbolic | undefined)[]
  private readonly integers: ReadonlySet<number>
  private uses: ReadonlyMap<Symbolic, number> | undefined
  private readonly shapes: readonly (readonly number[])[]
  /** The places of its own leaves among all. */
  private readonly own: ReadonlyMap<number, number>

  constructor({ form, places, on }: Part<Opaque | Projection>, leaves: readonly LeafInfo[]) {
    this.form = form
    this.leaves = leaves
    const own = leaves.flatMap((leaf, i) => (on === undefined || on(leaf) ? [i] : []))
    this.own = new Map(own.map((leaf, i) => [leaf, i]))
    const skeleton = leaves[0]?.tree ?? []
    this.traced = own.length === 0 ? nothing : trace(form, on ? only(skeleton, skeleton, on) : skeleton)
    const locate = pathIn(places)
    const kept = treeEntries(this.traced.state).map(([path, { index }]) => [index, locate(path)] as const)
    this.paths = kept.sort(([a], [b]) => a - b).map(([, path]) => path)
    this.shapes = leaves.map(({ shape }) => shape)
    const starts = treeLeaves(this.traced.state)
    this.starts = starts.sort((a, b) => a.index - b.index).map(({ start }) => start)
    this.integers = integersIn(this.traced, this.starts)
  }

  /** Which of the kept are trees. */
  get trees(): readonly number[] {
    return this.starts.flatMap((start, i) => (start === undefined ? [i] : []))
  }

  /** Which of them a step changes. */
  get moving(): readonly number[] {
    return this.trees.filter((i) => !staysIn(this.traced, i))
  }

  /** What is not computed for a leaf alone: under names of its own, as long as no module has any. */
  private get apart(): StepSayer {
    return new StepSayer(
      { names: this.traced.taken.within(), lines: [] },
      {
        ...alone,
        counted: (index) => atom(`state_${index}`, this.isInteger(index) ? 'int' : 'float'),
        total: (node) => atom(`total_${this.traced.all.indexOf(node)}`),
      },
    )
  }

  /** The function that makes arrays of a leaf; for a leaf that is not its own, it returns `others`. */
  leafBody(leaf: number, rootsOf: (own: number) => readonly Bundle[], others: string, steps = this.apart): LeafBody {
    const at = this.own.get(leaf)
    if (at === undefined) return { lines: [], text: others }
    const bundles = rootsOf(at)
    const { lines, texts } = said(bundles.flatMap(arraysIn), this.traced.taken.within(), steps)
    const left = [...texts]
    const textOf = (bundle: Bundle): string =>
      Array.isArray(bundle) ? tuple(bundle.map(textOf)) : (left.shift() as string)
    return { lines, text: tuple(bundles.map(textOf)) }
  }

  /** What it makes of a leaf: the update, and the next values of the trees that are kept and change. */
  private whole(leaf: number): LeafBody {
    const { updates, next } = this.traced
    const others = tuple([mainOf(this.form), ...this.moving.map(() => none)])
    const rootsOf = (at: number) => [updates[at] as Bundle, ...this.moving.map((i) => next[i]?.[at] as Bundle)]
    return this.leafBody(leaf, rootsOf, others)
  }

  /** The shape of a leaf. */
  shapeOf(leaf: number): readonly number[] {
    return this.shapes[leaf] as readonly number[]
  }

  /** The place of a leaf among its own. */
  placeOf(leaf: number): number | undefined {
    return this.own.get(leaf)
  }

  /** True for what is used more than once. */
  isShared(node: Symbolic): boolean {
    this.uses ??= usesIn(this.traced)
    return (this.uses.get(node) ?? 0) > 1
  }

  /** The loops that it runs, those first that others need. */
  get loops(): readonly Loop[] {
    return [...new Set(this.traced.all.flatMap(({ loop }) => (loop ? [loop] : [])))]
  }

  /** The function that makes the first value of a tree that is kept, of a parameter. */
  start(index: number, leaf: number, dtype?: string): string {
    const at = this.own.get(leaf)
    if (at === undefined) return `lambda _: ${none}`
    const shape = this.shapes[leaf] as readonly number[]
    const arrayText = (root: Symbolic): string => {
      const as = dtype === undefined ? '' : `, jnp.${dtype}`
      if (root.filled !== undefined && root.shape.join() === shape.join())
        return `_full(p, ${numberTerm(root.filled).code}${as})`
      if (root.filled !== undefined && root.shape.length === 0)
        return `jnp.full((), ${numberTerm(root.filled).code}, ${dtype === undefined ? 'float' : `jnp.${dtype}`})`
      const [text] = said([root], this.traced.taken.within(), this.apart).texts as [string]
      return dtype === undefined ? text : `jnp.asarray(${text}${as})`
    }
    const textOf = (bundle: Bundle): string =>
      Array.isArray(bundle) ? tuple(bundle.map(textOf)) : arrayText(bundle as Symbolic)
    const text = textOf(this.traced.starts[index]?.[at] as Bundle)
    return `lambda ${/(?<![\w.])p(?!\w)/.test(text) ? 'p' : '_'}: ${text}`
  }

  /** True where it keeps several arrays for a leaf. */
  get hasBundles(): boolean {
    return this.traced.starts.some((leaves) => leaves.some((bundle) => Array.isArray(bundle)))
  }

  /** True for a number that starts as an integer and is counted on in integers. */
  isInteger(index: number): boolean {
    return this.integers.has(index)
  }

  /** True where it keeps nothing for some of these leaves. */
  hasHoles(leaves: readonly number[]): boolean {
    return this.trees.length > 0 && leaves.some((leaf) => !this.own.has(leaf))
  }

  /** True where it does nothing to any of these leaves. */
  isIdle(leaves: readonly number[]): boolean {
    return this.paths.length === 0 && leaves.every((leaf) => this.whole(leaf).text === tuple([mainOf(this.form)]))
  }

  /** Leaves with the same text are treated alike. */
  keyOf(leaf: number): string {
    const { lines, text } = this.whole(leaf)
    const over = this.leafBody(leaf, (at) => this.overLeaves.flatMap((rootsOf) => rootsOf(at)), none)
    return [...lines, text, ...this.trees.map((i) => this.start(i, leaf)), ...over.lines, over.text].join('\n')
  }

  /** What totals and loops take of a leaf. */
  private get overLeaves(): readonly ((own: number) => readonly Symbolic[])[] {
    const trees = this.loops.flatMap(({ start, next, items }) => [start, next, ...items.flatMap(treesIn)])
    const totals = this.traced.all.flatMap(({ total }) => (total ? [total.terms] : []))
    return [
      ...totals.map(
        (terms) =>
          (at: number): readonly Symbolic[] =>
            [terms.get(at)].flatMap((term) => (term ? [term.summed ?? term] : [])),
      ),
      ...trees.map((tree) => (at: number) => [tree[at] as Symbolic]),
    ]
  }

  /** True where it reads the parameters. */
  get readsParams(): boolean {
    return this.traced.all.some(({ given }) => given?.tree === 'p')
  }

  /** True where it draws for each leaf by its place. */
  get draws(): boolean {
    return this.traced.all.some(({ given }) => given?.tree === 'place')
  }

  /** The signals that it reads. */
  get signals(): readonly Input[] {
    return this.traced.all.flatMap(({ signalled }) => (signalled ? [signalled] : []))
  }

  /** The places of its leaves by their paths, where it draws for each. */
  get places(): string {
    const paths = this.leaves.map(({ path }, i) => `${quoted(path.join('/'))}: ${this.own.get(i) ?? 0}`)
    return `{${paths.join(', ')}}`
  }
}

/** The numbers that start as integers and whose next values are integers where these are. */
const integersIn = ({ next }: Traced, starts: TracedPart['starts']): ReadonlySet<number> => {
  let found = new Set(starts.flatMap((start, i) => (Number.isInteger(start) ? [i] : [])))
  for (;;) {
    const names = new Names()
    const steps = new StepSayer(
      { names, lines: [] },
      { ...alone, counted: (i) => atom(`s${i}`, found.has(i) ? 'int' : 'float') },
    )
    const kept = [...found].filter((i) => {
      const { kind, value } = steps.say(next[i]?.[0] as Symbolic)
      return kind === 'int' || (value !== undefined && Number.isInteger(value))
    })
    if (kept.length === found.size) return found
    found = new Set(kept)
  }
}

/** How often each array is used. */
const usesIn = ({ all, updates, next }: Traced): ReadonlyMap<Symbolic, number> => {
  const uses = new Map<Symbolic, number>()
  for (const x of [...all.flatMap(({ operands }) => operands), ...updates, ...next.flat().flatMap(arraysIn)])
    uses.set(x, (uses.get(x) ?? 0) + 1)
  return uses
}

const nothing: Traced = {
  state: {},
  names: [],
  starts: [],
  given: [],
  updates: [],
  next: [],
  all: [],
  taken: new Names(taken),
}

/** The first value of what is kept, of `params`. */
export const startOfKept = (book: Book, part: TracedPart, index: number, leaves: readonly number[]): string => {
  const { dtype } = book.printing
  const first = part.starts[index]
  if (first !== undefined && part.isInteger(index))
    return first === 0 ? 'jnp.zeros([], jnp.int32)' : `jnp.asarray(${first}, jnp.int32)`
  if (first instanceof Symbolic) return startOfArray(first)
  if (first !== undefined) return `jnp.asarray(${numberTerm(first).code}, float)`
  const functions = leaves.map((leaf) => part.start(index, leaf, dtype))
  if (functions.some((text) => text.includes('_full('))) book.uses.add('full')
  return startOfTree(book, functions)
}

const startOfArray = ({ filled, shape, say }: Symbolic): string => {
  const size = shape.length === 0 ? '()' : listText(shape)
  if (filled === 0) return `jnp.zeros(${size})`
  return filled === undefined ? say().code : `jnp.full(${size}, ${numberTerm(filled).code}, float)`
}
