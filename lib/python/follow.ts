/** What stands for numbers and matrix work of a stage that is followed. */
import { isBranch } from '../data/branch.ts'
import { describe } from '../data/error.ts'
import { type Expr, input } from '../expr/expr.ts'
import { fold } from '../expr/fold.ts'
import type { ArrayOps, Follow, NumberFormula } from '../hosts/arrayOps.ts'
import { inlinedExpr } from './inlined.ts'
import { snakeCase } from './names.ts'
import { Choice, lifted, listText, Symbolic, symbolicOps, Unsaid } from './symbolic.ts'
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
  if (expr === undefined) throw new Unsaid('schedules made by schedule()', 'a plain function')
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
  if (!isBranch(yes) || !isBranch(no) || keys.join() !== Object.keys(no).join())
    throw new Unsaid('one structure of what either of two functions makes', describe(no))
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

/** `leaves`: how many leaves the stage has. */
const followOf = (leaves: number): Follow<Symbolic> => ({
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

/** The array operations by which a stage on so many leaves is followed. */
export const followingOps = (leaves: number): ArrayOps<Symbolic> => ({ ...symbolicOps, follow: followOf(leaves) })
