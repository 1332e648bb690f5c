/**
 * Passes: what an engine is asked to do in one go over memory.
 *
 * A pass computes numbers an element out of the trees it reads, and reductions of them. What is no number an element is a *uniform*: the
 * host computes it in float64 once a step (or once a leaf), or, where it depends on a reduction, between the passes.
 */
import { type Expr, type Input, input, isOfEngine } from '../expr/expr.ts'
import { nodesOf, substitute } from '../expr/fold.ts'
import type { Output, Reduction, Target } from './program.ts'

/** A tree that a pass reads, by the input node that stands for it. */
export type Read = Input<'cell'>

/** A number that a pass is given. `deferred`: it is made of numbers that only the engine knows, so it computes it. */
export interface Uniform {
  readonly expr: Expr
  readonly input: Input
  readonly perLeaf: boolean
  readonly deferred: boolean
}

/** One result of a pass. `own`: which of the reads is the tree that it replaces, or −1. */
export interface PassOutput extends Output {
  readonly own: number
}

/** Trees that have an extent of 1 where the leaves have more, and are spread over these. */
export interface Spread {
  /** The bits of the axes along which the trees that the pass writes are 1. */
  readonly ones: number
  /** For each read the axes along which it is 1. */
  readonly reads: readonly number[]
  /** The shapes of what the pass writes, by leaf of the group. */
  readonly shapes: readonly (readonly number[])[]
}

/** One reduction that a pass makes. */
export interface PassReduction extends Reduction {
  /** Over axes: which, and the shapes of the results by leaf of the group. */
  readonly along?: { readonly axes: readonly number[]; readonly shapes: readonly (readonly number[])[] }
}

/**
 * One pass over memory. Its expressions are made of `reads`, of the inputs of `uniforms`, and of unary, binary and select nodes;
 * an expression may be a uniform itself, which then holds for every element.
 */
export interface Pass {
  /** The structure as text: passes of one key may share a kernel. */
  readonly key: string
  readonly reads: readonly Read[]
  readonly uniforms: readonly Uniform[]
  readonly outputs: readonly PassOutput[]
  readonly reductions: readonly PassReduction[]
  /** Absent where all trees are shaped like the leaves. */
  readonly spread?: Spread
}

/** True for what only the engine can know. */
const isDeferred = (expr: Expr): boolean => nodesOf([expr]).some(isOfEngine)

/** Where a pass puts what is for later passes alone: like a slot, by a name that no slot has. */
export const passing = (name: string): Target => ({ to: 'slot', slot: -1, name: ` ${name}` })

/** The maximal parts that are no number an element, as inputs of the pass. */
const cut = (roots: readonly Expr[]): { uniforms: Uniform[]; body: (expr: Expr) => Expr } => {
  const uniforms: Uniform[] = []
  const body = substitute((node) => {
    if (node.rank === 'cell') return undefined
    const found = input('uniform', `k${uniforms.length}`, node.rank)
    const perLeaf = node.rank === 'leaf'
    uniforms.push({ expr: node, input: found, perLeaf, deferred: isDeferred(node) })
    return found
  })
  for (const root of roots) body(root)
  return { uniforms, body }
}

const targetKey = (target: Target): string => (target.to === 'slot' ? 'slot' : target.to)

/** The structure of a pass as text: names, numbers and slots replaced by positions. */
const keyOf = (pass: Omit<Pass, 'key'>): string => {
  const ids = new Map<Expr, string>()
  pass.reads.forEach((read, i) => {
    ids.set(read, `r${i}`)
  })
  pass.uniforms.forEach((uniform, i) => {
    ids.set(uniform.input, `${uniform.perLeaf ? 'l' : 's'}${i}`)
  })
  const lines: string[] = []
  const roots = [...pass.outputs.map((o) => o.expr), ...pass.reductions.map((r) => r.expr)]
  for (const node of nodesOf(roots)) {
    if (ids.has(node)) continue
    const name = (x: Expr): string => ids.get(x) ?? '?'
    ids.set(node, `v${lines.length}`)
    if (node.kind === 'unary') lines.push(`${node.op} ${name(node.x)}`)
    else if (node.kind === 'binary') lines.push(`${node.op} ${name(node.x)} ${name(node.y)}`)
    else if (node.kind === 'select') lines.push(`select ${name(node.test)} ${name(node.yes)} ${name(node.no)}`)
  }
  const results = pass.outputs.map(({ target, expr, own }) => `${targetKey(target)}${own}=${ids.get(expr)}`)
  const sums = pass.reductions.map(({ op, over, expr }) => `${op}-${over} ${ids.get(expr)}`)
  return [`${pass.reads.length}/${pass.uniforms.length}`, ...lines, ...results, ...sums].join('; ')
}

/** Which of the reads is the tree that this target replaces: its index, or −1. The place of the next gradient replaces this gradient. */
const ownRead = (reads: readonly Read[], target: Target): number => {
  if (target.to === 'slot') return reads.findIndex((read) => read.source === 'slot' && read.name === target.name)
  const source = target.to === 'ahead' ? 'grads' : target.to
  return reads.findIndex((read) => read.source === source)
}

/** The pass that computes these outputs and reductions. */
export const makePass = (outputs: readonly Output[], reductions: readonly PassReduction[]): Pass => {
  const roots = [...outputs.map(({ expr }) => expr), ...reductions.map(({ expr }) => expr)]
  const { uniforms, body } = cut(roots)
  const reads = nodesOf(roots).filter((n): n is Read => n.kind === 'input' && n.rank === 'cell')
  const made = {
    reads,
    uniforms,
    outputs: outputs.map(({ target, expr }) => ({ target, expr: body(expr), own: ownRead(reads, target) })),
    reductions: reductions.map((r) => ({ ...r, expr: body(r.expr) })),
  }
  return { key: keyOf(made), ...made }
}
