/** Expressions as lines of WGSL. */
import { strayInKernel } from '../../../errors/faultsOfOurs.ts'
import type { Expr } from '../../../expr/expr.ts'
import { nodesOf, operands } from '../../../expr/fold.ts'
import { binaryRows, type Helper, type Row, selectRow, unaryRows } from './operations.ts'

/** A value in a kernel: its text, how tightly it binds (4: needs no parentheses), and as a truth value, if it is one. */
interface Term {
  readonly text: string
  readonly binds: number
  readonly truth?: string
}

const atom = (text: string): Term => ({ text, binds: 4 })

/** Values that a kernel has named, and the helper functions that their formulas call. */
export class Formulas {
  readonly helpers = new Set<Helper>()
  private readonly terms = new Map<Expr, Term>()
  private readonly prefix: string
  private unnamed = 0

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** Says what a node is called: an input, or a value of another list of formulas. */
  name(node: Expr, text: string): void {
    this.terms.set(node, atom(text))
  }

  text(node: Expr): string {
    return (this.terms.get(node) as Term).text
  }

  /**
   * Lines that give each root its name, in order. A value that is used once stands where it is used; one that is used more
   * often gets a line of its own.
   */
  lines(roots: readonly (readonly [node: Expr, name: string])[]): string[] {
    const nodes = nodesOf(roots.map(([node]) => node))
    const uses = countUses(nodes)
    const names = new Map(roots)
    const lines: string[] = []
    for (const node of nodes) {
      if (this.terms.has(node)) continue
      const term = this.term(node)
      const name = names.get(node) ?? ((uses.get(node) ?? 0) > 1 ? `${this.prefix}${this.unnamed++}` : undefined)
      this.terms.set(node, name === undefined ? term : atom(name))
      if (name !== undefined) lines.push(`let ${name} = ${term.text};`)
    }
    return lines
  }

  private term(node: Expr): Term {
    switch (node.kind) {
      case 'unary':
        return this.apply(unaryRows[node.op], node.x)
      case 'binary':
        return this.apply(binaryRows[node.op], node.x, node.y)
      case 'select':
        return atom(selectRow.text(this.truth(node.test), this.text(node.yes), this.text(node.no)))
      default:
        throw strayInKernel(node.kind)
    }
  }

  private apply<A extends readonly string[]>(row: Row<A>, ...nodes: { [i in keyof A]: Expr }): Term {
    this.use(row.uses ?? [])
    const text = row.text(...(nodes.map((node, i) => this.operand(node, row.binds ?? 0, i > 0)) as unknown as A))
    if (!row.isTruth) return { text, binds: row.binds ?? 4 }
    this.use(['one_if'])
    return { ...atom(`one_if(${text})`), truth: text }
  }

  /** An operand in parentheses, if it binds less tightly than the operation, or as tightly and stands on its right. */
  private operand(node: Expr, binds: number, isRight: boolean): string {
    const term = this.terms.get(node) as Term
    return term.binds < binds || (term.binds === binds && (isRight || binds === 3)) ? `(${term.text})` : term.text
  }

  private truth(node: Expr): string {
    const { text, truth } = this.terms.get(node) as Term
    if (truth !== undefined) return truth
    this.use(['is_set'])
    return `is_set(${text})`
  }

  private use(helpers: readonly Helper[]): void {
    for (const name of helpers) this.helpers.add(name)
  }
}

const countUses = (nodes: readonly Expr[]): Map<Expr, number> => {
  const uses = new Map<Expr, number>()
  for (const node of nodes) for (const x of repeated(node)) uses.set(x, (uses.get(x) ?? 0) + 1)
  return uses
}

/** Operands as often as the text names them: a comparison names both of its own twice. */
const repeated = (node: Expr): readonly Expr[] => {
  const xs = operands(node)
  const twice = node.kind === 'binary' && ['less', 'lessEqual', 'equal'].includes(node.op)
  return twice ? [...xs, ...xs] : xs
}
