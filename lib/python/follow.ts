/** What stands for numbers and matrix work of a stage that is followed. */
import { isBranch, type Tree, treeLeaves, treeWithLeaves } from '../data/tree.ts'
import { otherBranch, plainFunction } from '../errors/python.ts'
import { type Expr, input } from '../expr/expr.ts'
import { fold } from '../expr/fold.ts'
import type { ArrayOps, Follow, NumberFormula, TreeScan } from '../hosts/arrayOps.ts'
import { inlinedExpr } from './inlined.ts'
import { type Names, snakeCase } from './names.ts'
import { Choice, checkLeaf, type Loop, type LoopItem, lifted, Symbolic, totalOf } from './symbol.ts'
import { listText, symbolicOps } from './symbolic.ts'
import { asFloat, atom, numberTerm, printed, select, type Term } from './term.ts'

/** What a number is by its type alone, where a stage is followed. */
const asNumber = (x: Symbolic): number => x as unknown as number
const isSymbolic = (x: unknown): x is Symbolic => x instanceof Symbolic

/** The text of an expression of numbers, by the text of these. */
const termOf = (expr: Expr, inputs: ReadonlyMap<Expr, Term>): Term =>
  fold<Term>({
    ...printed,
    input: (node) => inputs.get(node) as Term,
    fact: () => atom('jnp.nan'),
    host: (_, x) => x,
    reduce: () => atom('jnp.nan'),
  })(expr)

const number = (f: NumberFormula, xs: readonly number[]): number => {
  const given = xs.map((_, i) => input('uniform', `x${i}`, 'step'))
  const expr = inlinedExpr(f(...given))
  if (expr === undefined) throw plainFunction()
  if (!xs.some(isSymbolic)) {
    const { value } = termOf(expr, new Map(given.map((node, i) => [node, numberTerm(xs[i] as number)])))
    return value as number
  }
  const unknown = xs.flatMap((x, i) => (isSymbolic(x) ? [i] : []))
  const say = (...terms: Term[]): Term => {
    const known = given.map((node, i) => {
      const at = unknown.indexOf(i)
      return [node, at < 0 ? numberTerm(xs[i] as number) : terms[at]] as [Expr, Term]
    })
    return termOf(expr, new Map(known))
  }
  return asNumber(
    new Symbolic(
      [],
      unknown.map((i) => lifted(xs[i] as number)),
      say,
    ),
  )
}

/** What one of two functions made, where they made trees of one structure. */
const either = (of: Choice, yes: unknown, no: unknown): unknown => {
  if (yes === no) return yes
  const isNumber = (x: unknown): boolean => typeof x === 'number' || (isSymbolic(x) && x.isStep)
  if (isNumber(yes) && isNumber(no))
    return new Symbolic([], [of.test, lifted(yes as Symbolic), lifted(no as Symbolic)], (test, a, b) =>
      select(test as Term, a as Term, b as Term),
    )
  if (isSymbolic(yes) && isSymbolic(no)) {
    return new Symbolic(yes.shape, [of.test, yes, no], () => atom('jnp.nan'), { chosen: { of, yes, no } })
  }
  const keys = isBranch(yes) && isBranch(no) ? Object.keys(yes) : []
  if (!isBranch(yes) || !isBranch(no) || keys.join() !== Object.keys(no).join()) throw otherBranch(no)
  const child = (key: string | number): unknown => either(of, (yes as never)[key], (no as never)[key])
  return Array.isArray(yes) ? yes.map((_, i) => child(i)) : Object.fromEntries(keys.map((key) => [key, child(key)]))
}

const parts = (x: Symbolic, shapes: readonly (readonly number[])[], say: (x: string) => string): Symbolic[] => {
  const whole = new Symbolic([], [x], (a) => atom(say(asFloat(a as Term).code)), { isMany: true })
  return shapes.map((shape, i) => new Symbolic(shape, [whole], (a) => atom(`${(a as Term).code}[${i}]`)))
}

const call = (x: Symbolic, say: (x: string) => string): Symbolic =>
  new Symbolic(x.shape, [x], (a) => atom(say(asFloat(a as Term).code)))

const wordText = ({ code, value }: Term): string => (value === undefined ? code : String(value))

/** Either a tree, leaf by leaf, or an array of no leaf. */
const itemValue = (x: Tree<Symbolic>): readonly Symbolic[] | Symbolic => (isOne(x) ? x : treeLeaves(x))

const isOne = (x: Tree<Symbolic>): x is Symbolic => x instanceof Symbolic && x.leaf === undefined

/** What stands for the leaves of a tree within a loop, or behind it. */
const standIns = (like: readonly Symbolic[], tree: string, loop?: Loop): Symbolic[] =>
  like.map(({ shape }, leaf) => new Symbolic(shape, [], () => atom(tree), { given: { tree, leaf }, loop }))

/** Names within loops: those of one may be those of a later one. */
class LoopNames {
  readonly all: Names
  private readonly free = new Map<string, string>()
  private readonly wishes = new Map<string, string>()

  constructor(all: Names) {
    this.all = all
  }

  take(wish: string): string {
    const name = this.free.get(wish) ?? this.all.fresh(wish)
    this.free.delete(wish)
    this.wishes.set(name, wish)
    return name
  }

  giveBack(names: readonly string[]): void {
    for (const name of names) this.free.set(this.wishes.get(name) ?? '', name)
  }
}

/** One turn of a loop stands for all. */
const scanned = <I extends Readonly<Record<string, Tree<Symbolic>>>>(
  { start, items, turn, out, isBackward = false }: TreeScan<Symbolic, I>,
  names: LoopNames,
): readonly [Tree<Symbolic>, readonly Symbolic[]] => {
  const [first] = items
  if (first === undefined) return [start, []]
  const own = treeLeaves(start)
  const name = names.all.fresh('x')
  const parts = Object.keys(first).map((key): LoopItem & { readonly key: string } => {
    const values = items.map((item) => itemValue(item[key] as Tree<Symbolic>))
    return { key, name: names.take(snakeCase(key)), values }
  })
  const like = (x: Tree<Symbolic>, part: string): Tree<Symbolic> =>
    isOne(x)
      ? new Symbolic(x.shape, [], () => atom(part), { isOnce: true })
      : treeWithLeaves(x, standIns(treeLeaves(x), part))
  const item = Object.fromEntries(parts.map((part) => [part.key, like(first[part.key] as Tree<Symbolic>, part.name)]))
  const [next, one] = turn(treeWithLeaves(start, standIns(own, name)), item as I)
  const after = treeLeaves(next)
  after.forEach(checkLeaf)
  own.forEach(checkLeaf)
  const made =
    one && out ? { one, name: names.take(snakeCase(out)), all: names.all.fresh(`${snakeCase(out)}s`) } : undefined
  names.giveBack([...parts.map(({ name }) => name), made?.name ?? ''])
  const loop: Loop = { name, start: own, items: parts, next: after, out: made, isBackward }
  const outs = made ? items.map((_, i) => Symbolic.over({ loop }, `${made.all}[${i}]`)) : []
  return [treeWithLeaves(start, standIns(own, name, loop)), outs]
}

/** `leaves`: how many leaves the stage has; `names` are those of its trees. */
const followOf = (leaves: number, names: LoopNames): Follow<Symbolic> => ({
  qr: (x) => {
    const [n, m] = x.shape as [number, number]
    const k = Math.min(n, m)
    const [q, r] = parts(
      x,
      [
        [n, k],
        [k, m],
      ],
      (a) => `jnp.linalg.qr(${a})`,
    ) as [Symbolic, Symbolic]
    return { q, r }
  },
  eigh: (x) => {
    const [values, vectors] = parts(x, [[x.shape[0] as number], x.shape], (a) => `_eigh(${a})`) as [Symbolic, Symbolic]
    return { values, vectors }
  },
  upper: (x) => call(x, (a) => `jnp.triu(${a})`),
  inverseOfUpper: (x) => call(x, (a) => `solve_triangular(${a}, jnp.eye(${x.shape[0]}))`),
  largest: (x) => new Symbolic([], [x], (a) => atom(`jnp.max(${asFloat(a as Term).code})`)),
  number,
  choose: <T>(test: number, yes: () => T, no: () => T): T => {
    if (!isSymbolic(test)) return test !== 0 ? yes() : no()
    return either(new Choice(test), yes(), no()) as T
  },
  total: (terms) => totalOf('add', new Map(terms.map((term, leaf) => [leaf, term]))),
  scan: (asked) => scanned(asked, names),
  signal: (name, isNeeded) => {
    const signalled = input('signal', name, 'step', isNeeded ? {} : { absent: 0 })
    return asNumber(new Symbolic([], [], () => atom(snakeCase(name)), { signalled }))
  },
  normals: (key, shape, step, leaf) => {
    const place =
      leaf < leaves ? new Symbolic([], [], () => atom('place'), { given: { tree: 'place', leaf } }) : lifted(leaf)
    const operands = leaf < leaves ? [lifted(step), place] : [lifted(step)]
    const size = shape.length === 0 ? '()' : listText(shape)
    return new Symbolic(shape, operands, (s, p) =>
      atom(`_normals((${key.join(', ')}), ${size}, ${wordText(s as Term)}, ${wordText(p ?? numberTerm(leaf))})`),
    )
  },
})

/** A number of the only leaf that there is, as the total that it is, too. */
const asTotal = (x: Symbolic): Symbolic =>
  x.shape.length === 0 && x.leaf === 0 ? totalOf('add', new Map([[0, x]])) : x

/** The array operations by which a stage on so many leaves is followed; `ofOne` where the sums of its only leaf stand for totals. */
export const followingOps = (leaves: number, names: Names, ofOne: boolean): ArrayOps<Symbolic> => ({
  ...symbolicOps,
  ...(ofOne && { sum: (...given) => asTotal(symbolicOps.sum(...given)) }),
  follow: followOf(leaves, new LoopNames(names)),
})
