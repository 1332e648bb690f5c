/**
 * Choices of the host, by which plans are cut: where it knows before a step what a test will be, the plan is that of the branch taken, and the
 * other one costs nothing.
 */
import { type Expr, type Input, isOfEngine, type Join, type LeafInfo, type Operand, selectNode } from '../expr/expr.ts'
import { nodesOf, substitute } from '../expr/fold.ts'
import { exactRewrites, type Rewrite, simplify } from '../expr/rewrite.ts'
import { type Plan, planOf } from './plan.ts'
import type { Output, Program, Reduction } from './program.ts'
import { type HostNumbers, hostNumber } from './tape.ts'

/** The plan for the answers of a step. */
export type Cut = (plan: Plan, leaves: readonly LeafInfo[], now: HostNumbers) => Plan

/** Exact, too: −0 is what changes nothing, not even −0. */
const additions: { readonly [name: string]: Rewrite } = {
  'x + (−0) → x': (n) =>
    n.kind === 'binary' && n.op === 'add' && n.y.kind === 'constant' && Object.is(n.y.value, -0) ? n.x : undefined,
}

const isOfHost = (test: Expr): boolean => test.rank === 'step' && !nodesOf([test]).some(isOfEngine)

/** The tests of a program that the host can answer, each once. */
const testsOf = ({ cells, leaves, trees, reductions }: Program): readonly Expr[] => {
  const nodes = nodesOf([...cells, ...leaves, ...trees, ...reductions].map(({ expr }) => expr))
  const tests = nodes.flatMap((node) => (node.kind === 'select' && node.cut && isOfHost(node.test) ? [node.test] : []))
  return [...new Set(tests)]
}

/** Reductions that something still uses. */
const used = (reductions: readonly Reduction[], outputs: readonly Output[]): Reduction[] => {
  const names = new Set<string>()
  const mark = (expr: Expr): void => {
    for (const node of nodesOf([expr])) if (node.kind === 'input' && node.source === 'reduced') names.add(node.name)
  }
  for (const { expr } of outputs) mark(expr)
  const found = [...reductions].reverse().filter(({ result, expr }) => {
    const isUsed = names.has(result.name)
    if (isUsed) mark(expr)
    return isUsed
  })
  return found.reverse()
}

/** The program where these tests have these answers. */
const answered = (program: Program, answers: ReadonlyMap<Expr, boolean>): Program => {
  const choose = substitute((node) => {
    if (node.kind !== 'select' || !node.cut) return undefined
    const answer = answers.get(node.test)
    return answer === undefined ? undefined : choose(answer ? node.yes : node.no)
  })
  const better = simplify(exactRewrites, additions)
  const read = <T extends { readonly expr: Expr }>(list: readonly T[]): T[] =>
    list.map((item) => ({ ...item, expr: better(choose(item.expr)) }))
  const [cells, leaves, trees] = [read(program.cells), read(program.leaves), read(program.trees)]
  const outputs = [...cells, ...leaves, ...trees, ...program.steps]
  const reductions = used(read(program.reductions), outputs)
  const reads = new Set(
    nodesOf([...outputs, ...reductions].map(({ expr }) => expr)).flatMap((node) =>
      node.kind === 'input' && node.source === 'extra' ? [node.name] : [],
    ),
  )
  const draws = program.draws.filter(({ read }) => reads.has(read.name))
  return { ...program, cells, leaves, trees, reductions, draws }
}

interface Plans {
  readonly tests: readonly Expr[]
  /** By the answers to all tests. */
  readonly made: Map<string, Plan>
}

const plans = new WeakMap<Plan, Plans>()

const plansOf = (plan: Plan): Plans => {
  const found = plans.get(plan) ?? { tests: testsOf(plan.program), made: new Map<string, Plan>() }
  plans.set(plan, found)
  return found
}

const planFor = (plan: Plan, leaves: readonly LeafInfo[], answer: (test: Expr) => boolean): Plan => {
  const { tests, made } = plansOf(plan)
  const answers = new Map(tests.map((test) => [test, answer(test)]))
  const key = [...answers.values()].join()
  const found = made.get(key) ?? planOf(answered(plan.program, answers), leaves)
  made.set(key, found)
  return found
}

const cut: Cut = (plan, leaves, { slots, signals, calls }) => {
  const number = (node: Input): number => {
    if (node.source === 'signal') return signals[node.name] ?? (node.absent as number)
    return slots[plan.program.slots.findIndex(({ name }) => name === node.name)] as number
  }
  return planFor(plan, leaves, (test) => hostNumber(test, { number, calls }) !== 0)
}

/** The plan where all tests that the host answers are 0, or all are 1; nothing where there is none. */
export const planAt = (plan: Plan, leaves: readonly LeafInfo[], answer: boolean): Plan | undefined =>
  plan.program.cut ? planFor(plan, leaves, () => answer) : undefined

/** `select`, by which plans are cut where the host knows the test. */
export const choose = <T extends Operand, A extends Operand, B extends Operand>(
  test: T,
  yes: A,
  no: B,
): Expr<Join<T | A | B>> => selectNode(test, yes, no, cut)
