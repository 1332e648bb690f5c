/**
 * Plans: a program cut into passes over memory.
 *
 * A result of rank cell is written in the first pass that can know it, unless a later pass still needs what it would overwrite; later
 * passes read it back instead of computing it again. So is what they need else of what a pass computes, if it is dearer to compute than to read.
 */
import type { Expr, Input, LeafInfo, ReductionPlans } from '../expr/expr.ts'
import { input } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { exactRewrites, simplify, specialise } from '../expr/rewrite.ts'
import { makePass, type Pass, type PassReduction, passing } from './pass.ts'
import { makesUpdates, type Output, type Program, type Reduction, type Target } from './program.ts'
import { hostNumber } from './tape.ts'

// The engines know passes by this name too.
export type { Pass, PassReduction, Read, Uniform } from './pass.ts'

/** The passes of one group of leaves: those for which every mask gives the same answer. */
export interface Group {
  readonly leaves: readonly number[]
  /** One a level; a level in which the group has nothing to do is absent. */
  readonly passes: readonly (Pass | undefined)[]
  /** New values of slots of rank leaf. */
  readonly leafOutputs: readonly Output[]
  /** Results that are a tree as it came: no pass writes them. */
  readonly kept: readonly Output[]
}

export interface Plan {
  readonly program: Program
  readonly levels: number
  readonly groups: readonly Group[]
}

const isReduced = (node: Expr): node is Input => node.kind === 'input' && node.source === 'reduced'

/**
 * Levels: a reduction is made in the pass of its level, which is 0 without other reductions in it; an expression can be computed one
 * level after the last reduction that it uses. They are those of the whole program, since other groups' leaves may come later.
 */
interface Levels {
  readonly ofReduction: (name: string) => number
  readonly ofExpr: (expr: Expr) => number
}

const levelsOf = (reductions: readonly Reduction[]): Levels => {
  const levels = new Map<string, number>()
  const ofReduction = (name: string): number => levels.get(name) ?? 0
  const ofExpr = (expr: Expr): number =>
    nodesOf([expr])
      .filter(isReduced)
      .reduce((most, node) => Math.max(most, ofReduction(node.name) + 1), 0)
  for (const { result, expr } of reductions) levels.set(result.name, ofExpr(expr))
  return { ofReduction, ofExpr }
}

/** What a target overwrites, as the input that reads it. */
const overwrites = (node: Expr, target: Target): boolean =>
  node.kind === 'input' &&
  (target.to === 'slot' ? node.source === 'slot' && node.name === target.name : node.source === target.to)

interface Work {
  readonly outputs: readonly Output[]
  readonly reductions: readonly Reduction[]
}

const isIdentity = ({ op, over, expr }: PassReduction): boolean =>
  over === 'tree' && expr.kind === 'constant' && Object.is(expr.value, op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)

const passesOf = (work: Work, count: number, levels: Levels, { settle, stores }: Program): (Pass | undefined)[] => {
  let rest = work
  let names = 0
  const slots = {
    read: (target: Target) => (target.to === 'slot' ? input('slot', target.name, 'cell') : undefined),
    overwrites,
    passing: stores ? () => passing(`stored ${names++}`) : undefined,
  }
  return Array.from({ length: count }, (_, level) => {
    const reductions = rest.reductions.filter((r) => levels.ofReduction(r.result.name) === level && !isIdentity(r))
    const laterReductions = rest.reductions.filter((r) => levels.ofReduction(r.result.name) > level)
    const isReady = ({ expr }: Output): boolean => levels.ofExpr(expr) <= level
    // Other groups may have levels to come; these leaves are done where nothing of theirs waits.
    const last = level === count - 1 || (laterReductions.length === 0 && rest.outputs.every(isReady))
    const now = { outputs: last ? rest.outputs : rest.outputs.filter(isReady), reductions }
    const settled = last
      ? { outputs: now.outputs, rest: { outputs: [], reductions: [] } }
      : (settle as ReductionPlans['settle'])(now, { outputs: rest.outputs, reductions: laterReductions }, slots)
    rest = settled.rest
    const { outputs } = settled
    return outputs.length + reductions.length > 0 ? makePass(outputs, reductions) : undefined
  })
}

/** Leaf reductions that the results of this group use; reductions over the tree are always live, other groups may use them. */
const live = (reductions: readonly Reduction[], roots: readonly Expr[]): Reduction[] => {
  const used = new Set<string>()
  const mark = (exprs: readonly Expr[]): void => {
    for (const node of nodesOf(exprs)) if (isReduced(node)) used.add(node.name)
  }
  mark(roots)
  return [...reductions]
    .reverse()
    .filter((r) => {
      if (r.over !== 'tree' && !used.has(r.result.name)) return false
      mark([r.expr])
      return true
    })
    .reverse()
}

const ofLeaf = { number: () => Number.NaN, calls: new Map() }

/** The value of an expression of masks and facts for one leaf. */
export const leafFact = (expr: Expr, leaf: LeafInfo): number => hostNumber(expr, { ...ofLeaf, leaf })

/** True for what stays as it is, and for updates and distances that are the gradients as they came: no pass copies them. */
const isKept =
  ({ mode }: Program) =>
  ({ target, expr }: Output): boolean =>
    makesUpdates(mode) && target.to !== 'slot'
      ? expr.kind === 'input' && expr.source === 'grads'
      : overwrites(expr, target)

const groupOf = (
  program: Program,
  leaves: readonly number[],
  answers: ReadonlyMap<Expr, number>,
  count: number,
  levels: Levels,
): Group => {
  const answered = specialise((mask) => answers.get(mask) as number)
  const better = simplify(exactRewrites)
  const finish = (expr: Expr): Expr => better(answered(expr))
  const leaf = leaves[0] as number
  const present = ({ target }: Output): boolean => {
    if (target.to !== 'slot') return true
    const when = program.slots[target.slot]?.slot.present
    const value = when && finish(when)
    return leaf === undefined || !value || !(value.kind === 'constant') || value.value !== 0
  }
  const read = ({ target, expr }: Output): Output => ({ target, expr: finish(expr) })
  const stays = isKept(program)
  const moves = (output: Output): boolean => !stays(output)
  const cells = program.cells.filter(present).map(read)
  const scalars = program.leaves.filter(present).map(read)
  const [outputs, leafOutputs] = [cells.filter(moves), scalars.filter(moves)]
  const reductions = program.reductions.map((r) => ({ ...r, expr: finish(r.expr) }))
  const used = live(
    reductions,
    [...outputs, ...leafOutputs].map(({ expr }) => expr),
  )
  return {
    leaves,
    passes: passesOf({ outputs, reductions: used }, count, levels, program),
    leafOutputs,
    kept: [...cells, ...scalars].filter(stays),
  }
}

const masksOf = (program: Program): Expr[] => {
  const exprs = [...program.cells, ...program.leaves, ...program.reductions].map(({ expr }) => expr)
  const presence = program.slots.flatMap(({ slot }) => (slot.present ? [slot.present] : []))
  return nodesOf([...exprs, ...presence, ...program.axes]).filter((node) => node.kind === 'mask')
}

/** Cuts a program into passes for a tree of these leaves. Leaves with the same answers to all masks are planned together. */
export const planOf = (program: Program, leaves: readonly LeafInfo[]): Plan => {
  const masks = masksOf(program)
  const groups = new Map<string, { leaves: number[]; answers: Map<Expr, number> }>()
  leaves.forEach((leaf, i) => {
    const answers = new Map(masks.map((mask) => [mask, leafFact(mask, leaf)]))
    const key = [...answers.values()].join()
    const group = groups.get(key) ?? { leaves: [], answers }
    group.leaves.push(i)
    groups.set(key, group)
  })
  const levels = levelsOf(program.reductions)
  const last = Math.max(
    0,
    ...program.cells.map(({ expr }) => levels.ofExpr(expr)),
    ...program.reductions.map(({ result }) => levels.ofReduction(result.name)),
  )
  const plan: Plan = {
    program,
    levels: last + 1,
    groups: [...groups.values()].map(({ leaves: members, answers }) =>
      groupOf(program, members, answers, last + 1, levels),
    ),
  }
  return (program.axes[0]?.part as PartPasses | undefined)?.(plan, leaves) ?? plan
}

/** Parts the passes of a plan by the shapes of their trees. */
export type PartPasses = (plan: Plan, leaves: readonly LeafInfo[]) => Plan
