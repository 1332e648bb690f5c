/** Arrays that Python will have, and what they are made of: other arrays, totals over the tree, and loops over lists of trees. */
import { arithmetic, mixedLeaves } from '../errors/python.ts'
import type { Input } from '../expr/expr.ts'
import { atom, numberTerm, type Term } from './term.ts'

/** An array that Python will have: how it is said by the text of its operands. A class, so that a tree takes it for a leaf. */
export class Symbolic {
  readonly shape: readonly number[]
  readonly operands: readonly Symbolic[]
  readonly say: (...operands: Term[]) => Term
  /** Of what the stage is given: its tree, and its place among the leaves. */
  readonly given: { readonly tree: string; readonly leaf: number } | undefined
  /** The number that all its elements are, where that is known. */
  readonly filled: number | undefined
  /** Of a number in the state: its place among what is kept. */
  readonly counted: number | undefined
  /** Of a signal: the same as an expression. */
  readonly signalled: Input | undefined
  /** Of what one of two functions makes: which, and what either makes. Both are operands, too. */
  readonly chosen: Chosen | undefined
  /** Of a total over the tree: of what. */
  readonly total: Total | undefined
  /** Of what a loop makes: the loop. */
  readonly loop: Loop | undefined
  /** Of the sum of all its numbers: the array. */
  readonly summed: Symbolic | undefined
  /** Several arrays in one: it gets a name. */
  readonly isMany: boolean
  /** It is one number a step: made of numbers in the state alone. */
  readonly isStep: boolean
  /** It is of no leaf and made of totals over the tree, or of arrays in the state that are of none. */
  readonly isOnce: boolean
  /** The leaf that it is made of. */
  readonly leaf: number | 'several' | undefined

  constructor(
    shape: readonly number[],
    operands: readonly Symbolic[],
    say: (...operands: Term[]) => Term,
    {
      given,
      filled,
      counted,
      signalled,
      chosen,
      total,
      loop,
      summed,
      isOnce = total !== undefined,
      isMany = false,
      isStep = counted !== undefined || signalled !== undefined,
    }: Partial<Omit<Symbolic, 'shape' | 'operands' | 'say'>> = {},
  ) {
    this.shape = shape
    this.operands = operands
    this.say = say
    this.given = given
    this.filled = filled
    this.counted = counted
    this.signalled = signalled
    this.chosen = chosen
    this.total = total
    this.loop = loop
    this.summed = summed
    this.isMany = isMany
    const isMade = operands.length > 0 && shape.length === 0 && operands.every(({ isStep }) => isStep)
    this.isStep = isStep || (isMade && !isMany)
    this.leaf = given?.leaf ?? leafOf(operands)
    this.isOnce = isOnce || (this.leaf === undefined && operands.some((x) => x.isOnce))
  }

  /** A number that is made over several leaves. */
  static over(of: Pick<Partial<Symbolic>, 'total' | 'loop'>, code = 'jnp.nan'): Symbolic {
    return new Symbolic([], [], () => atom(code), { ...of, isOnce: true })
  }

  /** No number yet: JavaScript cannot compute with it. */
  [Symbol.toPrimitive](): never {
    throw arithmetic()
  }
}

const leafOf = (operands: readonly Symbolic[]): Symbolic['leaf'] => {
  const leaves = new Set(operands.flatMap(({ leaf }) => (leaf === undefined ? [] : [leaf])))
  return leaves.size > 1 ? 'several' : [...leaves][0]
}

/** A number that is known, as it stands among arrays and numbers that are not. */
export const lifted = (x: number | Symbolic): Symbolic =>
  x instanceof Symbolic ? x : new Symbolic([], [], () => numberTerm(x), { isStep: true })

/** A question of a stage, asked once a step. A class, for its identity. */
export class Choice {
  readonly test: Symbolic

  constructor(test: Symbolic) {
    this.test = test
  }
}

interface Chosen {
  readonly of: Choice
  readonly yes: Symbolic
  readonly no: Symbolic
}

/** The operations that reduce over a tree. */
export type TotalOp = 'add' | 'max'

/** One number of each leaf, brought together. */
export interface Total {
  readonly op: TotalOp
  /** By the places of the leaves. */
  readonly terms: ReadonlyMap<number, Symbolic>
}

/** What a loop is given in each turn: a tree, leaf by leaf, or one array of no leaf. */
export interface LoopItem {
  readonly name: string
  readonly values: readonly (readonly Symbolic[] | Symbolic)[]
}

/** A tree that is made anew by one item after another. */
export interface Loop {
  /** What the tree is called. */
  readonly name: string
  readonly start: readonly Symbolic[]
  readonly items: readonly LoopItem[]
  /** The tree after a turn, made of the tree before it and of the item. */
  readonly next: readonly Symbolic[]
  /** What a turn makes beside it: one number, and what all of them are called. */
  readonly out?: { readonly one: Symbolic; readonly name: string; readonly all: string } | undefined
  /** From the last item to the first. */
  readonly isBackward: boolean
}

/** All that an array is made of, through totals and loops. */
export const sourcesOf = ({ operands, total, loop }: Symbolic): readonly Symbolic[] => [
  ...operands,
  ...(total ? total.terms.values() : []),
  ...(loop ? [...loop.start, ...loop.next, ...loop.items.flatMap(({ values }) => values.flat())] : []),
  ...(loop?.out ? [loop.out.one] : []),
]

/** All that these are made of, what is made first before what is made of it. */
export const allIn = (roots: readonly Symbolic[]): readonly Symbolic[] => {
  const found = new Set<Symbolic>()
  const open = new Set<Symbolic>()
  const visit = (node: Symbolic): void => {
    if (open.has(node)) return
    open.add(node)
    for (const x of sourcesOf(node)) visit(x)
    found.add(node)
  }
  for (const root of roots) visit(root)
  return [...found]
}

/** Throws where a leaf is made of another. */
export const checkLeaf = (root: Symbolic, leaf: number): void => {
  if (root.leaf !== undefined && root.leaf !== leaf) throw mixedLeaves()
}

/** The total of one number of each leaf. */
export const totalOf = (op: TotalOp, terms: ReadonlyMap<number, Symbolic>): Symbolic => {
  for (const [leaf, term] of terms) checkLeaf(term, leaf)
  const [first] = terms.values()
  const known = (totals.get(first as Symbolic) ?? []).find(({ total }) => isSame(total as Total, { op, terms }))
  if (known) return known
  const made = Symbolic.over({ total: { op, terms } })
  totals.set(first as Symbolic, [...(totals.get(first as Symbolic) ?? []), made])
  return made
}

/** Totals by their first term: a stage may ask for one again for each leaf. */
const totals = new WeakMap<Symbolic, readonly Symbolic[]>()

const isSame = (a: Total, b: Total): boolean =>
  a.op === b.op && a.terms.size === b.terms.size && [...a.terms].every(([leaf, term]) => b.terms.get(leaf) === term)
