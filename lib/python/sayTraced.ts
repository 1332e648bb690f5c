/** Arrays that Python will have, as lines: what is used twice under a name of its own, what only one of two functions needs within it. */
import { isPlain, longest, type Scope } from './body.ts'
import { indent, tuple } from './book.ts'
import type { Names } from './names.ts'
import type { Choice, Loop, Symbolic } from './symbol.ts'
import { atom, select, type Term } from './term.ts'

/** A function, or a function within one. */
interface Level {
  readonly lines: string[]
  readonly terms: Map<Symbolic, Term>
  /** What its results are made of outside of functions within it. */
  readonly own: ReadonlySet<Symbolic>
  /** What comes of each question that it asks. */
  readonly choices: ReadonlyMap<Choice, readonly Symbolic[]>
  readonly around?: Level | undefined
}

const operandsIn = ({ chosen, operands }: Symbolic): readonly Symbolic[] => (chosen ? [chosen.of.test] : operands)

/** True for what is computed once a step, outside of functions of leaves. */
const isHoisted = ({ isStep, isOnce }: Symbolic): boolean => isStep || isOnce

const levelOf = (roots: readonly Symbolic[], around?: Level): Level => {
  const own = new Set<Symbolic>()
  const choices = new Map<Choice, Symbolic[]>()
  const visit = (node: Symbolic): void => {
    if (own.has(node) || isHoisted(node)) return
    own.add(node)
    if (node.chosen) choices.set(node.chosen.of, [...(choices.get(node.chosen.of) ?? []), node])
    for (const x of operandsIn(node)) visit(x)
  }
  for (const root of roots) visit(root)
  return { lines: [], terms: new Map(), own, choices, around }
}

/** How often each array is used, within functions, too. */
const usesIn = (roots: readonly Symbolic[]): ReadonlyMap<Symbolic, number> => {
  const uses = new Map<Symbolic, number>()
  const use = (node: Symbolic): void => {
    const before = uses.get(node) ?? 0
    uses.set(node, before + 1)
    if (before === 0 && !node.isOnce) for (const x of node.operands) use(x)
  }
  for (const root of roots) use(root)
  return uses
}

/** The text of the numbers that a step is given. */
export interface Numbers {
  /** Those in the state, by their place among what is kept. */
  readonly counted: (index: number) => Term
  readonly signal: (name: string) => Term
  readonly total: (node: Symbolic) => Term
  /** Sees to it that a loop is written before what it makes is read. */
  readonly loop: (loop: Loop) => void
  /** What a tree is called that was made before, by one of its arrays. */
  readonly made: (node: Symbolic) => string | undefined
  /** True for what is used more than once. */
  readonly isShared: (node: Symbolic) => boolean
}

/** Says numbers of a step in `body`. */
export class StepSayer {
  private readonly given: Numbers
  /** Where its lines go. */
  body: Pick<Scope, 'names' | 'lines'>
  private readonly terms = new Map<Symbolic, Term>()

  constructor(body: Pick<Scope, 'names' | 'lines'>, given: Numbers) {
    this.body = body
    this.given = given
  }

  say(node: Symbolic): Term {
    const known = this.terms.get(node)
    if (known) return known
    const term = this.termOf(node) ?? node.say(...node.operands.map((x) => this.say(x)))
    this.terms.set(node, term)
    return node.isOnce && this.given.isShared(node) ? this.named(node) : term
  }

  /** Says a number under this name. */
  assign(node: Symbolic, name: string): void {
    this.body.lines.push(`${name} = ${this.say(node).code}`)
    this.terms.set(node, atom(name))
  }

  /** What a function of leaves is given in the place of an array. */
  made(node: Symbolic): Term | undefined {
    if (node.loop) this.given.loop(node.loop)
    const name = this.given.made(node)
    return name === undefined ? undefined : atom(name)
  }

  private termOf(node: Symbolic): Term | undefined {
    const { counted, signalled, chosen, loop } = node
    if (node.total) return this.given.total(node)
    if (loop) this.given.loop(loop)
    if (chosen) return select(this.say(chosen.of.test), this.say(chosen.yes), this.say(chosen.no))
    if (signalled) return this.given.signal(signalled.name)
    return counted === undefined ? undefined : this.given.counted(counted)
  }

  /** The same for functions of leaves: under a name, so that it is computed once. */
  named(node: Symbolic): Term {
    const term = this.say(node)
    if (isPlain(term)) return term
    const line = this.body.lines.find((one) => one.endsWith(` = ${term.code}`) && !one.startsWith(' '))
    const name = line?.slice(0, line.indexOf(' = ')) ?? this.body.names.numbered('k')
    if (line === undefined) this.body.lines.push(`${name} = ${term.code}`)
    const made: Term = { ...term, code: name, binds: 5 }
    this.terms.set(node, made)
    return made
  }
}

class LeafSayer {
  private readonly names: Names
  private readonly steps: StepSayer
  private readonly uses: ReadonlyMap<Symbolic, number>

  constructor(names: Names, steps: StepSayer, roots: readonly Symbolic[]) {
    this.names = names
    this.steps = steps
    this.uses = usesIn(roots)
  }

  say(node: Symbolic, level: Level): Term {
    if (isHoisted(node)) return this.steps.named(node)
    const own = this.ownerOf(node, level)
    const known = own.terms.get(node) ?? this.steps.made(node)
    if (known) return known
    if (node.chosen) {
      this.ask(node.chosen.of, own)
      return own.terms.get(node) as Term
    }
    const term = node.say(...node.operands.map((x) => this.say(x, own)))
    const isNamed = node.isMany || (!isPlain(term) && ((this.uses.get(node) ?? 0) > 1 || term.code.length > longest))
    const made = isNamed ? this.named(term, own) : term
    own.terms.set(node, made)
    return made
  }

  /** The outermost function that needs it. */
  private ownerOf(node: Symbolic, level: Level): Level {
    let own = level
    for (let at: Level | undefined = level; at; at = at.around) if (at.own.has(node)) own = at
    return own
  }

  private named(term: Term, level: Level): Term {
    const name = this.names.numbered('x')
    level.lines.push(`${name} = ${term.code}`)
    return { ...term, code: name, binds: 5 }
  }

  private ask(of: Choice, level: Level): void {
    const nodes = level.choices.get(of) as readonly Symbolic[]
    const test = this.say(of.test, level)
    const truth = test.kind === 'bool' ? test.code : `${test.code} != 0`
    const functions = (['yes', 'no'] as const).map((answer) => {
      const roots = nodes.map(({ chosen }) => chosen?.[answer] as Symbolic)
      const inner = levelOf(roots, level)
      const text = tuple(roots.map((root) => this.say(root, inner).code))
      return { lines: inner.lines, text, wish: answer === 'yes' ? 'then' : 'otherwise' }
    })
    const called = functions.map(({ lines, text, wish }) => {
      if (lines.length === 0 && text.length <= longest) return `lambda: ${text}`
      const name = this.names.fresh(wish)
      level.lines.push('', `def ${name}():`, ...indent([...lines, `return ${text}`]), '')
      return name
    })
    const made = nodes.map((node) => {
      const name = this.names.numbered('x')
      level.terms.set(node, { code: name, kind: 'float', binds: 5 })
      return name
    })
    level.lines.push(`${made.length === 1 ? tuple(made) : made.join(', ')} = _either(${[truth, ...called].join(', ')})`)
  }
}

/** The lines that arrays are made by, and a text for each. */
export const said = (
  roots: readonly Symbolic[],
  names: Names,
  steps: StepSayer,
): { readonly lines: readonly string[]; readonly texts: readonly string[] } => {
  const level = levelOf(roots)
  const sayer = new LeafSayer(names, steps, roots)
  const texts = roots.map((root) => sayer.say(root, level).code)
  return { lines: level.lines, texts }
}
