/** A stage written against array operations as functions of leaves in Python. */
import { type Path, pathText } from '../data/path.ts'
import { treeEntries, treeLeaves } from '../data/tree.ts'
import type { Input, LeafInfo } from '../expr/expr.ts'
import type { Opaque, Projection } from '../form/form.ts'
import { only } from '../form/onLeaves.ts'
import type { Part } from '../form/parts.ts'
import { pathIn } from '../form/places.ts'
import type { Scope } from './body.ts'
import { type Book, tuple } from './book.ts'
import { type LeafBody, writeFunctions } from './leafFunctions.ts'
import { Names, quoted, snakeCase } from './names.ts'
import { StepSayer, said } from './sayTraced.ts'
import { startOfTree } from './starts.ts'
import type { Symbolic } from './symbolic.ts'
import { atom, numberTerm } from './term.ts'
import { arraysIn, type Bundle, mainOf, signalsOf, staysIn, type Traced, taken, trace } from './trace.ts'

const none = 'optax.MaskedNode()'

/** What a stage does on leaves of these shapes, before the module is known. */
export class TracedPart {
  readonly form: Opaque | Projection
  private readonly leaves: readonly LeafInfo[]
  readonly traced: Traced
  /** Where what is kept stands in the whole state. */
  readonly paths: readonly Path[]
  /** The numbers that are kept, by what they start at; nothing for a tree. */
  readonly starts: readonly (number | undefined)[]
  private readonly integers: ReadonlySet<number>
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

  /** What is not computed for a leaf alone: numbers under names of their own, as long as no module has any. */
  private get apart(): StepSayer {
    const names = new Names([...taken, ...this.traced.names])
    return new StepSayer(
      { names, lines: [] },
      {
        counted: (index) => atom(`state_${index}`, this.isInteger(index) ? 'int' : 'float'),
        signal: (name) => atom(snakeCase(name)),
      },
    )
  }

  /** What it makes of a leaf: the update, and the next values of the trees that are kept. */
  body(leaf: number, steps = this.apart): LeafBody {
    const at = this.own.get(leaf)
    if (at === undefined) return { lines: [], text: tuple([mainOf(this.form), ...this.moving.map(() => none)]) }
    const bundles: readonly Bundle[] = [
      this.traced.updates[at] as Symbolic,
      ...this.moving.map((i) => this.traced.next[i]?.[at] as Bundle),
    ]
    const { lines, texts } = said(bundles.flatMap(arraysIn), new Names([...taken, ...this.traced.names]), steps)
    const left = [...texts]
    const textOf = (bundle: Bundle): string =>
      Array.isArray(bundle) ? tuple(bundle.map(textOf)) : (left.shift() as string)
    return { lines, text: tuple(bundles.map(textOf)) }
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
      const [text] = said([root], new Names(taken), this.apart).texts as [string]
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
    return this.paths.length === 0 && leaves.every((leaf) => this.body(leaf).text === tuple([mainOf(this.form)]))
  }

  /** Leaves with the same text are treated alike. */
  keyOf(leaf: number): string {
    const { lines, text } = this.body(leaf)
    return [...lines, text, ...this.trees.map((i) => this.start(i, leaf))].join('\n')
  }

  /** True where it reads the parameters. */
  get readsParams(): boolean {
    const seen = new Set<Symbolic>()
    const reads = (root: Symbolic): boolean => {
      if (seen.has(root)) return false
      seen.add(root)
      return root.given?.tree === 'p' || root.operands.some(reads)
    }
    return [...this.traced.updates, ...this.traced.next.flat().flatMap(arraysIn)].some(reads)
  }

  /** The signals that it reads. */
  get signals(): readonly Input[] {
    return signalsOf(this.traced)
  }

  /** The places of its leaves by their paths, where it draws for each. */
  get places(): string {
    const paths = this.leaves.map(({ path }, i) => `${quoted(path.join('/'))}: ${this.own.get(i) ?? 0}`)
    return `{${paths.join(', ')}}`
  }
}

/** The numbers that start as integers and whose next values are integers where these are. */
const integersIn = ({ next }: Traced, starts: readonly (number | undefined)[]): ReadonlySet<number> => {
  let found = new Set(starts.flatMap((start, i) => (Number.isInteger(start) ? [i] : [])))
  for (;;) {
    const names = new Names()
    const steps = new StepSayer(
      { names, lines: [] },
      { counted: (i) => atom(`s${i}`, found.has(i) ? 'int' : 'float'), signal: (name) => atom(snakeCase(name)) },
    )
    const kept = [...found].filter((i) => {
      const { kind, value } = steps.say(next[i]?.[0] as Symbolic)
      return kind === 'int' || (value !== undefined && Number.isInteger(value))
    })
    if (kept.length === found.size) return found
    found = new Set(kept)
  }
}

const nothing: Traced = { state: {}, names: [], starts: [], given: [], updates: [], next: [], draws: false }

/**
 * Writes the stage into `body`; `leaves` are one of each group, `main` is the tree that it acts on, `into` the name of what it makes of that.
 * Returns the text of this and of the next state, path by path.
 */
export const writeTraced = (
  body: Scope,
  book: Book,
  part: TracedPart,
  leaves: readonly number[],
  main: string,
  into?: string,
): { readonly made: string; readonly kept: ReadonlyMap<string, string> } => {
  if (part.isIdle(leaves)) return { made: main, kept: new Map() }
  const { trees, moving, paths, traced, form } = part
  const states = paths.map((path) => book.slotAt('state', path))
  const steps = new StepSayer(body, {
    counted: (i) => atom(states[i] as string, part.isInteger(i) ? 'int' : 'float'),
    signal: (name) => atom(book.extras.get(name) as string),
  })
  const placed = traced.draws ? body.names.fresh('places') : ''
  if (traced.draws) body.lines.push(`${placed} = _by_path(${part.places}, ${main})`)
  const given = [
    [mainOf(form), main] as const,
    ...(part.readsParams ? [['p', 'params'] as const] : []),
    ...(traced.draws ? [['place', placed] as const] : []),
    ...trees.map((i) => [traced.names[i] as string, states[i] as string] as const),
  ]
  const args = given.map(([arg]) => arg)
  const bodies = leaves.map((leaf) => part.body(leaf, steps))
  const chosen = writeFunctions(body, body.names.fresh(snakeCase(form.name)), args, bodies, book.isGrouped)
  const sets = form.kind === 'projection'
  const made = into ?? body.names.fresh('u')
  const after = moving.map((i) => [i, body.names.fresh(`new_${book.slotName(paths[i] as Path)}`)] as const)
  book.uses.add('each')
  const names = [made, ...after.map(([, text]) => text)]
  const left = names.length === 1 ? tuple(names) : names.join(', ')
  const read = tuple(given.map(([, tree]) => tree))
  const likes = tuple([sets ? 'params' : main, ...moving.map((i) => states[i] as string)])
  body.lines.push(`${left} = _each(${chosen}, ${read}, ${likes})`)
  const texts = new Map([...trees.map((i) => [i, states[i] as string] as const), ...after])
  part.starts.forEach((start, i) => {
    if (start !== undefined) texts.set(i, numberAfter(part, i, steps))
  })
  return { made, kept: new Map([...texts].map(([i, text]) => [pathText(paths[i] as Path, ''), text])) }
}

const numberAfter = (part: TracedPart, index: number, steps: StepSayer): string => {
  const { code, kind, value } = steps.say(part.traced.next[index]?.[0] as Symbolic)
  const isInt = part.isInteger(index)
  if (value === undefined && kind === (isInt ? 'int' : 'float')) return code
  return `jnp.asarray(${isInt ? Math.round(value ?? 0) : code}, ${isInt ? 'jnp.int32' : 'float'})`
}

/** The first value of what is kept, of `params`. */
export const startOfKept = (book: Book, part: TracedPart, index: number, leaves: readonly number[]): string => {
  const { dtype } = book.printing
  const first = part.starts[index]
  if (first !== undefined && part.isInteger(index))
    return first === 0 ? 'jnp.zeros([], jnp.int32)' : `jnp.asarray(${first}, jnp.int32)`
  if (first !== undefined) return `jnp.asarray(${numberTerm(first).code}, float)`
  const functions = leaves.map((leaf) => part.start(index, leaf, dtype))
  if (functions.some((text) => text.includes('_full('))) book.uses.add('full')
  return startOfTree(book, functions)
}
