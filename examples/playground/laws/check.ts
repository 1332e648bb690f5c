/** Laws and mistakes of a chain, with what is found as numbers. Everything runs in float64. */
import fc from 'fast-check'
import { float64, ndarray } from '../../../lib/core.ts'
import type { NdArray } from '../../../lib/data/ndArray.ts'
import { type Tree, treeLeaves, treeMap } from '../../../lib/data/tree.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { type Scenario, scenarios, scenarioText } from '../../../properties/arbitraries/scenarios.ts'
import { allLaws } from '../../../properties/laws/all.ts'
import { goesDownhill } from '../../../properties/laws/goesDownhill.ts'
import { Broken, type Law } from '../../../properties/laws/law.ts'
import { meansItsReference } from '../../../properties/laws/meansItsReference.ts'
import { lawSubject, type Subject } from '../../../properties/laws/subject.ts'
import { numberWorld, type World } from '../../../properties/laws/world.ts'
import { smallestApart } from '../../../properties/mutants/apart.ts'
import { asTest } from '../../../properties/mutants/asTest.ts'
import { mistakesOf } from '../../../properties/mutants/mutants.ts'

/** The numbers of one step: what was given, what came out, and what should have. */
export interface StepNumbers {
  readonly grads: readonly number[]
  readonly updates: readonly number[]
  readonly expected?: readonly number[]
}

/** What became of a law. */
export interface LawReport {
  readonly name: string
  readonly holds: boolean
  /** How many scenarios were tried. */
  readonly runs: number
  /** Of a law that does not hold: what was wrong, the smallest scenario found, and its numbers. */
  readonly says?: string
  readonly counterexample?: string
  readonly steps?: readonly StepNumbers[]
  /** The loss of a descent, step after step, where the law is about that. */
  readonly losses?: readonly number[]
}

/** A plausible mistake in a chain. */
export interface MistakeText {
  readonly name: string
  readonly at: string
  readonly formula: string
}

/** Whether it is a whole optimizer, whose steps must lower a loss. */
export interface About {
  readonly descends: boolean
}

const seed = 1

const flat = (tree: Tree<NdArray>): number[] => treeLeaves(tree).flatMap(({ data }) => [...data])

/** The updates of a scenario, step by step; as many as there are where a step fails. */
const updatesOf = (tx: GradientTransformation, { params, steps }: Scenario): number[][] => {
  const reader = float64(tx)
  const made: number[][] = []
  try {
    let state = reader.init(params as never)
    for (const { grads, signals, trees } of steps) {
      const [updates, next] = reader.update(grads as never, state, params as never, { ...signals, ...trees })
      made.push(flat(updates as unknown as Tree<NdArray>))
      state = next
    }
  } catch {
    // What fails shows so in the law's own words.
  }
  return made
}

const numbersOf = ({ tx, reference }: Subject, scenario: Scenario): StepNumbers[] => {
  const made = updatesOf(tx, scenario)
  const meant = reference ? updatesOf(reference, scenario) : []
  return scenario.steps.map(({ grads }, t) => ({
    grads: flat(grads),
    updates: made[t] ?? [],
    ...(meant[t] && { expected: meant[t] }),
  }))
}

const wordsOf = (error: unknown): string => {
  if (error instanceof Broken) return error.message
  return error instanceof Error ? error.message : String(error)
}

/** The loss ½|w|² over the fifty steps that `goesDownhill` takes, from weights at least 1 away from the minimum. */
const descentOf = (tx: GradientTransformation, { params }: Scenario): number[] => {
  const reader = float64(tx)
  let at = treeMap(params, ({ data, shape }) =>
    ndarray(
      data.map((w) => (w < 0 ? w - 1 : w + 1)),
      shape,
    ),
  )
  const lossAt = (): number => flat(at).reduce((sum, w) => sum + (w * w) / 2, 0)
  const losses = [lossAt()]
  let state = reader.init(at as never)
  for (let t = 0; t < 50; t++) {
    const made = reader.step(at as never, state, at as never)
    at = made.params as unknown as typeof at
    state = made.state
    losses.push(lossAt())
  }
  return losses
}

/** Checks one law on random scenarios, made smaller where it does not hold. */
const checkLaw = async (law: Law, subject: Subject, runs: number, shrink: boolean): Promise<LawReport> => {
  const { signals, extraTrees } = subject
  const world = numberWorld as unknown as World
  const scenario = scenarios({ steps: law.steps, numbers: law.numbers, signals, extraTrees })
  const property = fc.asyncProperty(scenario, (example) => law.holds(subject, world, example))
  const found = await fc.check(property, { numRuns: runs, seed, endOnFailure: !shrink })
  if (!found.failed) return { name: law.name, holds: true, runs: found.numRuns }
  const [example] = found.counterexample ?? []
  return {
    name: law.name,
    holds: false,
    runs: found.numRuns,
    says: wordsOf(found.errorInstance),
    ...(example && { counterexample: scenarioText(example), steps: numbersOf(subject, example) }),
    ...(example && law === goesDownhill && { losses: descentOf(subject.tx, example) }),
  }
}

/** The laws that are checked of a chain: all that apply, and need no engine. */
const lawsFor = (subject: Subject): readonly Law[] =>
  subject.hasMeaning ? allLaws.filter((law) => law.worlds !== 'tensors' && law.applies(subject)) : []

/** Checks the laws of a chain one after another. */
export async function* checkChain(
  tx: GradientTransformation,
  { descends }: About,
  runs = 20,
): AsyncGenerator<LawReport> {
  const subject = lawSubject('the chain', tx, { descends })
  for (const law of lawsFor(subject)) yield await checkLaw(law, subject, runs, true)
}

/** The names of the laws that will be checked, in order. */
export const lawNames = (tx: GradientTransformation, { descends }: About): readonly string[] =>
  lawsFor(lawSubject('the chain', tx, { descends })).map(({ name }) => name)

/** The plausible mistakes of a chain, in words. */
export const mistakesIn = (tx: GradientTransformation): readonly MistakeText[] =>
  mistakesOf(tx).mutants.map(({ name, at, formula }) => ({ name, at, formula }))

/** Enough to notice what is noticed at all; there are many mistakes. */
const fewRuns = 3

/** By which law each mistake is noticed: first by those that know nothing of the chain, then by the chain itself as reference. */
export async function* hunt(
  tx: GradientTransformation,
  { descends }: About,
): AsyncGenerator<{ readonly index: number; readonly law: string | undefined; readonly alone: boolean }> {
  const original = lawSubject('the chain', tx, { descends })
  const laws = lawsFor(original)
  for (const [index, mutant] of mistakesOf(tx).mutants.entries()) {
    const subject = { ...original, tx: mutant.tx, reference: tx }
    let law: string | undefined
    for (const each of laws) {
      if ((await checkLaw(each, subject, fewRuns, false)).holds) continue
      law = each.name
      break
    }
    if (law !== undefined) yield { index, law, alone: true }
    else {
      const { holds } = await checkLaw(meansItsReference, subject, 12, false)
      yield { index, law: holds ? undefined : meansItsReference.name, alone: false }
    }
  }
}

/** What tells a mistake from the chain: a test that ends it, and its numbers. */
export const apartOf = (
  tx: GradientTransformation,
  index: number,
): { readonly test: string; readonly steps: readonly StepNumbers[] } | undefined => {
  const told = mistakesOf(tx).mutants[index]
  const apart = told && smallestApart(told.meant, told.rule)
  if (!told || !apart) return undefined
  const { inputs, expected, found } = apart
  const steps = inputs.feeds.map(({ grads }, t): StepNumbers => {
    // What sets the parameters is told by them; what only predicts, by where.
    const own = expected[t] ?? {}
    const name = firstApart(own, found[t]) ?? ('u' in own ? 'u' : (Object.keys(own)[0] ?? 'u'))
    return { grads: [...grads], updates: [...(found[t]?.[name] ?? [])], expected: [...(own[name] ?? [])] }
  })
  return { test: asTest(told), steps }
}

type Named = Readonly<Record<string, Float64Array>>

const firstApart = (expected: Named, found: Named | undefined): string | undefined =>
  Object.keys(expected).find((name) =>
    [...(expected[name] as Float64Array)].some((x, i) => !Object.is(x, found?.[name]?.[i])),
  )
