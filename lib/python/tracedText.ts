/** A stage written against array operations as functions of leaves in Python. */
import { type Path, pathText } from '../data/path.ts'
import { treeEntries } from '../data/tree.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { Opaque } from '../form/form.ts'
import { only } from '../form/onLeaves.ts'
import type { Part } from '../form/parts.ts'
import { pathIn } from '../form/places.ts'
import { isPlain, longest, type Scope } from './body.ts'
import { type Book, tuple } from './book.ts'
import { type LeafBody, writeFunctions } from './leafFunctions.ts'
import { Names, snakeCase } from './names.ts'
import { startOfTree } from './starts.ts'
import { numberTerm, type Term } from './term.ts'
import { type Symbolic, type Traced, taken, trace } from './trace.ts'

const none = 'optax.MaskedNode()'

/** What these arrays are said by: lines, and a text for each; without `names` there are no lines. */
const said = (roots: readonly Symbolic[], names?: Names): LeafTexts => {
  const uses = new Map<Symbolic, number>()
  const use = (node: Symbolic): void => {
    const before = uses.get(node) ?? 0
    uses.set(node, before + 1)
    if (before === 0) for (const x of node.operands) use(x)
  }
  for (const root of roots) use(root)
  const terms = new Map<Symbolic, Term>()
  const lines: string[] = []
  const visit = (node: Symbolic): Term => {
    const known = terms.get(node)
    if (known) return known
    let term = node.say(...node.operands.map(visit))
    if (names && !isPlain(term) && ((uses.get(node) ?? 0) > 1 || term.code.length > longest)) {
      const name = names.numbered('x')
      lines.push(`${name} = ${term.code}`)
      term = { ...term, code: name, binds: 5 }
    }
    terms.set(node, term)
    return term
  }
  return { lines, texts: roots.map((root) => visit(root).code) }
}

interface LeafTexts {
  readonly lines: readonly string[]
  readonly texts: readonly string[]
}

/** What a stage does on leaves of these shapes, before the module is known. */
export class TracedPart {
  readonly form: Opaque
  readonly traced: Traced
  /** Where what is kept stands in the whole state. */
  readonly paths: readonly Path[]
  /** The places of its own leaves among all. */
  private readonly own: ReadonlyMap<number, number>

  constructor({ form, places, on }: Part<Opaque>, leaves: readonly LeafInfo[]) {
    this.form = form
    const own = leaves.flatMap((leaf, i) => (on === undefined || on(leaf) ? [i] : []))
    this.own = new Map(own.map((leaf, i) => [leaf, i]))
    const skeleton = leaves[0]?.tree ?? []
    this.traced = own.length === 0 ? nothing : trace(form, on ? only(skeleton, skeleton, on) : skeleton)
    const locate = pathIn(places)
    const kept = treeEntries(this.traced.state).map(([path, { index }]) => [index, locate(path)] as const)
    this.paths = kept.sort(([a], [b]) => a - b).map(([, path]) => path)
  }

  /** What it makes of a leaf: the update, and the next values of what is kept. */
  body(leaf: number): LeafBody {
    const at = this.own.get(leaf)
    if (at === undefined) return { lines: [], text: tuple(['g', ...this.paths.map(() => none)]) }
    const { lines, texts } = said(
      this.traced.results.map((leaves) => leaves[at] as Symbolic),
      new Names([...taken, ...this.traced.names]),
    )
    return { lines, text: tuple(texts) }
  }

  /** The function that makes the first value of what is kept of a parameter. */
  start(index: number, leaf: number): string {
    const at = this.own.get(leaf)
    if (at === undefined) return `lambda _: ${none}`
    const root = this.traced.starts[index]?.[at] as Symbolic
    if (root.filled !== undefined) return `lambda p: _full(p, ${numberTerm(root.filled).code})`
    return `lambda p: ${said([root]).texts[0]}`
  }

  /** True where it keeps nothing for some of these leaves. */
  hasHoles(leaves: readonly number[]): boolean {
    return this.paths.length > 0 && leaves.some((leaf) => !this.own.has(leaf))
  }

  /** True where it does nothing to any of these leaves. */
  isIdle(leaves: readonly number[]): boolean {
    return this.paths.length === 0 && leaves.every((leaf) => this.body(leaf).text === '(g,)')
  }

  /** Leaves with the same text are treated alike. */
  keyOf(leaf: number): string {
    const { lines, text } = this.body(leaf)
    return [...lines, text, ...this.paths.map((_, i) => this.start(i, leaf))].join('\n')
  }

  /** True where it reads the parameters. */
  get readsParams(): boolean {
    const reads = (root: Symbolic): boolean => root.given?.tree === 'p' || root.operands.some(reads)
    return this.traced.results.some((leaves) => leaves.some(reads))
  }
}

const nothing: Traced = { state: {}, names: [], starts: [], results: [] }

/** Writes the stage into `body`; `leaves` are one of each group. Returns the text of the update and of the next state, path by path. */
export const writeTraced = (
  body: Scope,
  book: Book,
  part: TracedPart,
  leaves: readonly number[],
  grads: string,
): { readonly updates: string; readonly kept: ReadonlyMap<string, string> } => {
  if (part.isIdle(leaves)) return { updates: grads, kept: new Map() }
  const states = part.paths.map((path) => book.slotAt('state', path))
  const given = [
    ['g', grads] as const,
    ...(part.readsParams ? [['p', 'params'] as const] : []),
    ...part.traced.names.map((name, i) => [name, states[i] as string] as const),
  ]
  const args = given.map(([arg]) => arg)
  const bodies = leaves.map((leaf) => part.body(leaf))
  const chosen = writeFunctions(body, body.names.fresh(snakeCase(part.form.name)), args, bodies, book.isGrouped)
  const updates = body.names.fresh('u')
  const kept = part.paths.map((path) => [pathText(path, ''), body.names.fresh(`new_${book.slotName(path)}`)] as const)
  book.uses.add('each')
  const made = [updates, ...kept.map(([, text]) => text)]
  const left = made.length === 1 ? tuple(made) : made.join(', ')
  const trees = tuple(given.map(([, tree]) => tree))
  body.lines.push(`${left} = _each(${chosen}, ${trees}, ${tuple([grads, ...states])})`)
  return { updates, kept: new Map(kept) }
}

/** The first value of what is kept, of `params`. */
export const startOfKept = (book: Book, part: TracedPart, index: number, leaves: readonly number[]): string => {
  const { dtype } = book.printing
  const functions = leaves.map((leaf) => part.start(index, leaf))
  if (functions.some((text) => text.includes('_full('))) book.uses.add('full')
  if (dtype === undefined) return startOfTree(book, functions)
  const cast = (text: string): string => text.replace(/^lambda p: (.*)$/, `lambda p: jnp.asarray($1, jnp.${dtype})`)
  return startOfTree(book, functions.map(cast))
}
