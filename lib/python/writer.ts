/** The lines of one function that a rule has in Python. */
import type { Expr, Input } from '../expr/expr.ts'
import { sizeLeaf } from '../expr/words.ts'
import type { Output, Reduction, Target } from '../rule/program.ts'
import { reduction, type Scope, sayer, scopeWith } from './body.ts'
import { tuple } from './book.ts'
import type { Group } from './groups.ts'
import { writeFunctions } from './leafFunctions.ts'
import type { RuleText } from './ruleText.ts'
import { atom, type Term } from './term.ts'

/** A tree of leaves that a function of leaves is given: what it is called there, and where it stands. */
interface Given {
  readonly name: string
  readonly tree: string
}

/** Which function is written. */
export interface Writing {
  /** The variable that holds the gradients, or what an earlier stage made of them. */
  readonly grads: string
  /** What the place ahead is called; of a stage before the last, it is a distance. */
  readonly ahead: string
  /** Behind `update`, whose results are read back: `moved` where the new parameters are among them. */
  readonly after?: 'ahead' | 'moved' | undefined
  /** The variable that holds these. */
  readonly moved?: string
}

const slotOf = (target: Target): number => (target.to === 'slot' ? target.slot : -1)

/** Where a result is kept under: a slot's name, or what it is. */
const keyOf = (target: Target): string => (target.to === 'slot' ? target.name : target.to)

class Writer {
  private readonly body: Scope
  private readonly text: RuleText
  private readonly writing: Writing
  private readonly nodes: readonly Expr[]

  constructor(body: Scope, text: RuleText, writing: Writing, nodes: readonly Expr[]) {
    this.body = body
    this.text = text
    this.writing = writing
    this.nodes = nodes
    if (writing.after) this.know(body, (expr) => expr, ['step'])
  }

  /** After `update`, what it made is read back instead of computed again. */
  private know(scope: Scope, finish: Group['finish'], ranks: readonly string[]): Given[] {
    const { program } = this.text
    const found: Given[] = []
    if (!this.writing.after) return found
    const isStep = ranks.includes('step')
    const outputs = isStep ? [...program.steps, ...program.trees] : [...program.leaves, ...program.cells]
    for (const { target, expr } of outputs) {
      if (
        target.to === 'ahead' ||
        target.to === 'updates' ||
        (target.to === 'params' && this.writing.after !== 'moved')
      )
        continue
      const node = finish(expr)
      if (node.kind === 'input' || node.kind === 'constant' || scope.terms.has(node)) continue
      const tree =
        target.to === 'params' ? (this.writing.moved as string) : this.text.slotAt('new_state', slotOf(target))
      const name = target.to === 'params' ? 'w' : `new_${this.text.slotName(slotOf(target))}`
      if (isStep) scope.terms.set(node, atom(tree, this.text.isIntText(target) ? 'int' : 'float'))
      else {
        scope.terms.set(node, atom(name))
        found.push({ name, tree })
      }
    }
    return found
  }

  reduce(made: Reduction): void {
    const name = this.body.names.fresh(made.op === 'sum' ? 'total' : 'largest')
    const inner = this.body.names.fresh(`leaf_${made.op}`)
    const { chosen, trees } = this.functions(inner, (say, group) => {
      const node = group.finish(made.expr)
      const [term] = say([node]) as [Term]
      const isNothing =
        node.kind === 'constant' && Object.is(node.value, made.op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
      const isSpread = this.text.onesIn(group)(node) !== 0
      return isNothing ? term.code : reduction({ op: made.op, isSpread }, term).code
    })
    this.text.book.uses.add(made.op)
    this.body.lines.push(`${name} = _${made.op}(${chosen}, ${tuple(trees)})`)
    this.body.terms.set(made.result, atom(name))
  }

  write(outputs: readonly Output[]): Map<string, string> {
    const made = new Map<string, string>()
    const { groups } = this.text
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
      if (same)
        made.set(
          keyOf(output.target),
          target.to === 'slot' ? this.text.slotAt('state', slotOf(target)) : this.writing.grads,
        )
      else if (isScalar) scalars.push(output)
      else moves.push(output)
    }
    const say = sayer(this.body, { ...this.lookups(), reduced: () => undefined, wish: this.wish() })
    const terms = say(scalars.map(({ expr }) => expr))
    scalars.forEach((output, i) => {
      made.set(keyOf(output.target), this.scalarText(output, terms[i] as Term))
    })
    if (moves.length === 0) return made
    const inner = this.body.names.fresh('leaf')
    const { chosen, trees } = this.functions(inner, (sayLeaf, group) => {
      const present = moves.map(
        ({ target }) => target.to !== 'slot' || this.text.isPresent(this.text.slot(target.name), group),
      )
      const roots = moves.filter((_, i) => present[i]).map(({ expr }) => group.finish(expr))
      const said = sayLeaf(roots)
      return tuple(present.map((is) => (is ? (said.shift() as Term).code : 'optax.MaskedNode()')))
    })
    const likes = moves.map(({ target }) =>
      target.to === 'slot'
        ? this.text.slotAt('state', slotOf(target))
        : target.to === 'updates'
          ? this.writing.grads
          : this.text.program.mode === 'distance'
            ? this.writing.grads
            : 'params',
    )
    const names = moves.map(({ target }) => this.nameOf(target))
    moves.forEach((output, i) => {
      made.set(keyOf(output.target), names[i] as string)
    })
    this.text.book.uses.add('each')
    const left = names.length === 1 ? `(${names[0]},)` : names.join(', ')
    this.body.lines.push(`${left} = _each(${chosen}, ${tuple(trees)}, ${tuple(likes)})`)
    return made
  }

  /** What a result is called in the body. */
  private nameOf(target: Target): string {
    const { names } = this.body
    switch (target.to) {
      case 'slot':
        return names.fresh(`new_${this.text.slotName(target.slot)}`)
      case 'updates':
        return names.fresh('u')
      case 'params':
        return names.fresh('moved')
      case 'ahead':
        // A distance is known by its name to the last stage.
        return this.text.program.mode === 'distance' ? this.writing.ahead : names.fresh(this.writing.ahead)
    }
  }

  private isScalar(name: string): boolean {
    const found = this.text.program.slots.find((placed) => placed.name === name)
    return found?.slot.rank === 'step' || found?.slot.rank === 'tree'
  }

  private scalarText({ target }: Output, term: Term): string {
    if (target.to !== 'slot') return term.code
    const isInt = this.text.isIntText(target)
    if (term.value === undefined && term.kind === (isInt ? 'int' : 'float')) return term.code
    return `jnp.asarray(${term.code}, ${isInt ? 'jnp.int32' : 'float'})`
  }

  private lookups() {
    return {
      input: (node: Input) => this.text.input(node),
      fact: (node: Expr) => (node === sizeLeaf ? atom('g.size', 'number') : atom('jnp.nan')),
    }
  }

  /** What the next values of slots are called. */
  private wish(): (node: Expr) => string | undefined {
    const { program, groups } = this.text
    const wishes = new Map<Expr, string>()
    for (const { target, expr } of [...program.steps, ...program.trees, ...program.leaves, ...program.cells])
      if (target.to === 'slot')
        for (const { finish } of groups) wishes.set(finish(expr), `new_${this.text.slotName(slotOf(target))}`)
    return (node) =>
      wishes.get(node) ??
      (node.kind === 'input' && node.source === 'reduced' ? `leaf_${node.name.replace(/\d+$/, '')}` : undefined)
  }

  /** Functions of leaves, one a group, with what they are given; and the text that chooses among them. */
  private functions(
    wish: string,
    result: (say: (roots: readonly Expr[]) => Term[], group: Group) => string,
  ): { readonly chosen: string; readonly trees: string[] } {
    const { groups } = this.text
    const bodies = groups.map((group) => {
      const scope = scopeWith(this.body.names.within())
      const known = this.know(scope, group.finish, ['cell', 'leaf'])
      const say = sayer(this.body, { ...this.lookups(), reduced: this.text.reducedIn(group), wish: this.wish() })
      const text = result((roots) => say(roots, scope), group)
      return { scope, known, text }
    })
    const all = bodies.map(({ scope, text }) => [...scope.lines, text].join('\n')).join('\n')
    const mentions = (name: string): boolean => new RegExp(`(?<![\\w.])${name}(?![\\w])`).test(all)
    const inputs = new Map<string, string>()
    for (const node of this.nodes) {
      if (node.kind !== 'input' || node.rank === 'step' || node.source === 'reduced') continue
      inputs.set(this.text.leafName(node), this.text.leafTree(node, this.writing.grads))
    }
    for (const { known } of bodies) for (const { name, tree } of known) inputs.set(name, tree)
    inputs.delete('g')
    const order = [['g', this.writing.grads] as const, ...[...inputs].filter(([name]) => mentions(name))]
    const chosen = writeFunctions(
      this.body,
      wish,
      order.map(([name]) => name),
      bodies.map(({ scope, text }) => ({ lines: scope.lines, text })),
      this.text.book.isGrouped,
    )
    return { chosen, trees: order.map(([, tree]) => tree) }
  }
}

/** Says how these outputs of a rule are computed, in lines of `body`; returns the text of each by the slot's name, or by what it is. */
export const writeRule = (
  body: Scope,
  text: RuleText,
  outputs: readonly Output[],
  writing: Writing,
): ReadonlyMap<string, string> => {
  const { nodes, reductions } = text.made(outputs)
  const writer = new Writer(body, text, writing, nodes)
  for (const made of reductions) writer.reduce(made)
  return writer.write(outputs)
}
