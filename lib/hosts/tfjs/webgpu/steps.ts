/** Steps: a pass cut into dispatches that bind no more buffers than the device allows. */
import { tooFewBuffers } from '../../../errors/memory.ts'
import { binaryNode, type Expr, type Input, input, select, unaryNode } from '../../../expr/expr.ts'
import { nodesOf, operands, substitute } from '../../../expr/fold.ts'
import type { Pass, PassReduction } from '../../../rule/pass.ts'

/** A buffer of a leaf: the i-th tree that the pass reads or makes, or a temporary one. */
export interface Place {
  readonly of: 'read' | 'output' | 'temporary'
  readonly index: number
}

/** A tree that a step reads, by the node that stands for it in the step's expressions. */
export interface StepRead {
  readonly node: Expr
  readonly from: Place
}

/** A tree that a step writes. */
export interface StepOutput {
  readonly to: Place
  readonly expr: Expr
  /** It takes the buffer that its pass was given for it; otherwise a new one. */
  readonly inPlace: boolean
}

export interface StepReduction extends PassReduction {
  /** Which reduction of the pass this is. */
  readonly index: number
}

export interface Step {
  readonly reads: readonly StepRead[]
  readonly outputs: readonly StepOutput[]
  readonly reductions: readonly StepReduction[]
}

/** What decides how a pass is cut. */
export interface Cut {
  /** For each output of the pass the read whose buffer it may take; −1 where it takes one that is not read; else undefined. */
  readonly over: readonly (number | undefined)[]
  /** Buffers that hold numbers the step is told, for the uniforms that it uses; where it reduces, that of the sums among them. */
  readonly sources: (uniforms: ReadonlySet<Expr>, reduces: boolean) => number
  /** How many buffers one dispatch may bind. */
  readonly limit: number
}

/** The steps of a pass: one, if it binds few enough buffers. */
export const stepsOf = (pass: Pass, cut: Cut): readonly Step[] => {
  const whole = wholePass(pass, cut)
  return buffersOf(whole, cut) <= cut.limit ? [whole] : split(pass, cut)
}

/** How many buffers a step binds. */
export const buffersOf = (step: Step, { over, sources }: Pick<Cut, 'over' | 'sources'>): number => {
  const shared = step.outputs.filter(
    ({ to, inPlace }) => inPlace && step.reads.some(({ from }) => from.of === 'read' && from.index === over[to.index]),
  )
  const own = step.reads.length + step.outputs.length - shared.length
  const uniforms = new Set(nodesOf(rootsOf(step)).filter(isUniform))
  return own + sources(uniforms, step.reductions.length > 0)
}

const isUniform = (node: Expr): boolean => node.kind === 'input' && node.source === 'uniform'

const isCell = (node: Expr): node is Input => node.kind === 'input' && node.rank === 'cell'

export const rootsOf = ({ outputs, reductions }: Step): Expr[] => [...outputs, ...reductions].map(({ expr }) => expr)

/** A pass as one step. */
export const wholePass = (pass: Pass, { over }: Pick<Cut, 'over'>): Step => ({
  reads: pass.reads.map((node, index) => ({ node, from: { of: 'read', index } })),
  outputs: pass.outputs.map(({ expr }, index) => ({
    to: { of: 'output', index },
    expr,
    inPlace: over[index] !== undefined,
  })),
  reductions: pass.reductions.map((reduction, index) => ({ ...reduction, index })),
})

// ---------------------------------------------------------------------------------------------------------------------
// Splitting

/** One result that a step may make: an output, a temporary, or a reduction. */
type Item = { readonly expr: Expr } & ({ readonly to: Place } | { readonly reduction: StepReduction })

const itemsOf = (pass: Pass): Item[] => [
  ...pass.outputs.map(({ expr }, index): Item => ({ expr, to: { of: 'output', index } })),
  ...pass.reductions.map((r, index): Item => ({ expr: r.expr, reduction: { ...r, index } })),
]

const split = (pass: Pass, cut: Cut): Step[] => {
  const places = new Map<Expr, Place>(pass.reads.map((node, index) => [node, { of: 'read', index }]))
  const items = itemsOf(narrowed(pass, cut, places)).concat(temporariesOf(places))
  const steps = pack(inOrder(items, places), places, cut)
  return steps.map((step, s) => ({ ...step, outputs: step.outputs.map((o) => settle(o, steps.slice(s + 1), cut)) }))
}

/** What is made in one step to be read in another, by its place: temporaries, and outputs that stand in other expressions. */
const madeExprs = new WeakMap<Place, Expr>()
const temporariesOf = (places: ReadonlyMap<Expr, Place>): Item[] =>
  [...places.values()].filter(({ of }) => of === 'temporary').map((to) => ({ to, expr: madeExprs.get(to) as Expr }))

/** In place, unless a later step still reads what stood there. */
const settle = (output: StepOutput, later: readonly Step[], { over }: Cut): StepOutput => {
  const target = output.to.of === 'output' ? over[output.to.index] : undefined
  const isRead = later.some(({ reads }) => reads.some(({ from }) => from.of === 'read' && from.index === target))
  return { ...output, inPlace: target !== undefined && !isRead }
}

/** Small expressions before those that hold them, so that these read back what is written; what is made before its readers. */
const inOrder = (items: readonly Item[], places: ReadonlyMap<Expr, Place>): Item[] => {
  const weight = (expr: Expr): number =>
    nodesOf([expr]).reduce((sum, node) => {
      const made = madeExprs.get(places.get(node) as Place)
      return sum + 1 + (made ? weight(made) : 0)
    }, 0)
  const weights = new Map(items.map((item) => [item, weight(item.expr)]))
  return [...items].sort((a, b) => (weights.get(a) as number) - (weights.get(b) as number))
}

const stepOf = (items: readonly Item[], places: ReadonlyMap<Expr, Place>): Step => ({
  reads: nodesOf(items.map(({ expr }) => expr))
    .filter(isCell)
    .map((node) => ({ node, from: places.get(node) as Place })),
  outputs: items.flatMap((item) => ('to' in item ? [{ to: item.to, expr: item.expr, inPlace: false }] : [])),
  reductions: items.flatMap((item) => ('reduction' in item ? [{ ...item.reduction, expr: item.expr }] : [])),
})

/** True where an item reads what these items make. */
const readsAny = (items: readonly Item[], { expr }: Item, places: ReadonlyMap<Expr, Place>): boolean => {
  const made = new Set(items.flatMap((item) => ('to' in item ? [placeKey(item.to)] : [])))
  return nodesOf([expr]).some((node) => made.has(placeKey(places.get(node))))
}

const placeKey = (place: Place | undefined): string => (place ? `${place.of} ${place.index}` : '')

/** Fills steps one after another; a later one reads back what an earlier one wrote instead of computing it again. */
const pack = (items: readonly Item[], places: Map<Expr, Place>, cut: Cut): Step[] => {
  const steps: Step[] = []
  let rest = items
  while (rest.length > 0) {
    const taken: Item[] = []
    for (const item of rest) {
      const fits = buffersOf(stepOf([...taken, item], places), cut) <= cut.limit
      if (taken.length > 0 && (!fits || readsAny(taken, item, places))) break
      taken.push(item)
    }
    steps.push(stepOf(taken, places))
    const readBack = readingBack(taken, places)
    rest = rest.slice(taken.length).map((item) => ({ ...item, expr: readBack(item.expr) }))
  }
  return steps
}

/** Replaces what was written by the tree it was written to, where that does not mean one tree more to read. */
const readingBack = (items: readonly Item[], places: Map<Expr, Place>): ((expr: Expr) => Expr) => {
  const written = new Map<Expr, Expr>()
  for (const item of items) {
    if (!('to' in item) || item.to.of === 'temporary' || item.expr.kind === 'input') continue
    const node = stand(item.to)
    places.set(node, item.to)
    written.set(item.expr, node)
  }
  const replace = substitute((node) => written.get(node))
  return (expr) => {
    const replaced = replace(expr)
    return readsOf(replaced) <= readsOf(expr) ? replaced : expr
  }
}

const readsOf = (...exprs: readonly Expr[]): number => nodesOf(exprs).filter(isCell).length

const stand = ({ of, index }: Place): Input<'cell'> =>
  input('extra', `${of === 'output' ? 'made' : 'part'}${index}`, 'cell')

/**
 * The pass with expressions that read no more trees than a step may: where there are more, the operand that reads most is made
 * a temporary tree first.
 */
const narrowed = (pass: Pass, cut: Cut, places: Map<Expr, Place>): Pass => {
  const room =
    cut.limit - 1 - cut.sources(new Set(pass.uniforms.map(({ input: node }) => node)), pass.reductions.length > 0)
  if (room < MOST_OPERANDS) throw tooFewBuffers(cut.limit)
  const done = new Map<Expr, Expr>()
  const parts = new Map<Expr, Expr>()
  let temporaries = 0
  const store = (expr: Expr, original: Expr): Expr => {
    const known = parts.get(expr)
    if (known) return known
    const output = pass.outputs.findIndex((o) => o.expr === original)
    const place: Place = output < 0 ? { of: 'temporary', index: temporaries++ } : { of: 'output', index: output }
    const node = stand(place)
    madeExprs.set(place, expr)
    places.set(node, place)
    parts.set(expr, node)
    return node
  }
  const narrow = (node: Expr): Expr => {
    const known = done.get(node)
    if (known) return known
    const originals = operands(node)
    const xs = originals.map(narrow)
    while (readsOf(...xs) > room) {
      const widest = xs.reduce((best, x, i) => (readsOf(x) > readsOf(xs[best] as Expr) ? i : best), 0)
      xs[widest] = store(xs[widest] as Expr, originals[widest] as Expr)
    }
    const made = xs.length === 0 ? node : rebuild(node, xs)
    done.set(node, made)
    return made
  }
  return {
    ...pass,
    outputs: pass.outputs.map((output) => ({ ...output, expr: narrow(output.expr) })),
    reductions: pass.reductions.map((reduction) => ({ ...reduction, expr: narrow(reduction.expr) })),
  }
}

/** A step must be able to read the operands of one operation. */
const MOST_OPERANDS = 3

const rebuild = (node: Expr, [x, y, z]: readonly Expr[]): Expr => {
  if (node.kind === 'unary') return unaryNode(node.op, x as Expr)
  if (node.kind === 'binary') return binaryNode(node.op, x as Expr, y as Expr)
  return select(x as Expr, y as Expr, z as Expr)
}
