/** Carries out a rule on trees: checks, flattens, executes, and puts the results back into trees. */

import { raiseFindings } from '../check/check.ts'
import { findingsOf } from '../check/findings.ts'
import { own } from '../data/branch.ts'
import { unreadRule } from '../errors/faultsOfOurs.ts'
import type { Input } from '../expr/expr.ts'
import type { Extra } from '../form/form.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import { givenAs, isSignal, lacksParams, named } from '../form/named.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { giveBackSpent, renewPlace } from '../memory/giveBack.ts'
import type { Flat, Made } from '../memory/lists.ts'
import { consume, donatedLists, isOwnPlace, reuseOf } from '../memory/reuse.ts'
import type { FillDraws } from '../random/drawn.ts'
import { calledFindings } from '../rule/calledFindings.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import type { HostCalls } from '../rule/tape.ts'
import { execute } from './execute.ts'
import { flatOf, resultOf } from './flat.ts'
import { rememberRound, runRound } from './round.ts'

const noSignals: Readonly<Record<string, number>> = Object.freeze(Object.create(null))

const signalsOf = (inputs: readonly Input[], extra: Extra): Readonly<Record<string, number>> => {
  if (inputs.length === 0) return noSignals
  const signals = inputs.filter(({ source }) => source === 'signal')
  return Object.fromEntries(signals.map((node) => [node.name, Number(givenAs(node, extra))]))
}

/** What is given as lists, where all of it is there and right and the layout is known. */
const known = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  calls: HostCalls,
  host: Host<B>,
): Flat<B> | undefined => {
  const inputs = named(rule, mode)
  const extra = given.extra ?? {}
  if (lacksParams(rule, mode, given.params)) return undefined
  const hasSignals = inputs.every((node) => node.source !== 'signal' || isSignal(givenAs(node, extra)))
  if (!hasSignals) return undefined
  const isGiven = ({ source, drawn, name }: Input): boolean =>
    source === 'extra' && !(drawn && own(extra, name) === undefined)
  const trees = inputs.filter(isGiven).map(({ name }) => name)
  const flat = flatOf(rule, given, { trees, signals: signalsOf(inputs, extra) }, host)
  if (!flat) return undefined
  const signal = (node: Input): number => Number(givenAs(node, extra))
  return calledFindings(rule, mode, flat.slots, signal, calls).length === 0 ? flat : undefined
}

/** True where nothing is wrong that one look at each leaf would see: then `findingsOf` need not be asked. */
export const isRight = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, host: Host<B>): boolean =>
  known(rule, mode, given, given.calls ?? new Map(), host) !== undefined

const flatten = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  calls: HostCalls,
  host: Host<B>,
): Flat<B> => {
  const found = known(rule, mode, given, calls, host)
  if (!found) raiseFindings(findingsOf(rule, mode, { ...given, calls }, host))
  const flat = found ?? known(rule, mode, given, calls, host)
  if (!flat) throw unreadRule(rule.name)
  return flat
}

/**
 * Runs a rule once. In mode `update` it makes `updates` (a leaf that it passes on is the gradient's own buffer), in `step` the new
 * `params`, in `lookahead` these and `ahead`, in `distance` the updates and, as `ahead`, the distance of the mark; always `state`.
 *
 * Errors: `tree-mismatch`, `disposed-tensor`, `missing-params`, `missing-signal`, each before anything is written.
 */
export const runRule = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, host: Host<B>): RunMade<B> => {
  const calls: HostCalls = given.calls ?? new Map()
  const short = mode === 'step' && given.donate ? runRound(rule, given, calls, host) : undefined
  if (short) return short
  const flat = flatten(rule, mode, given, calls, host)
  const { bound, grads, params, slots, extras, signals, ahead } = flat
  const engine = host.engine()
  const plan = bound.plan(mode, engine, { slots, signals, calls })
  const lists = donatedLists(mode, flat)
  const isOwn = !given.keepsAhead && isOwnPlace(flat, lists)
  const reuse = reuseOf(engine, mode, flat, lists, isOwn, given)
  const { leaves } = bound.layout
  const [spend, ownsAhead] = [given.spend === true, given.donate === true && isOwn]
  const fill = plan.program.draws[0]?.node.drawn?.fill as FillDraws | undefined
  const run = (): Made<B> => {
    const drawn = fill?.(plan.program, flat, calls, host)
    const byName = { extras: drawn?.extras ?? extras, signals, calls }
    const made = execute(engine, plan, { leaves, grads, params, slots, ...byName, spend, ahead, ownsAhead, reuse })
    drawn?.giveBack()
    return made
  }
  const made = engine.leavesNothing && !fill ? run() : engine.scope(run)
  const before = flat.training?.lists
  const training = given.donate ? consume(engine, flat, lists, made) : undefined
  if (mode === 'step' && training && training.lists === before) rememberRound(rule, host, engine, bound, plan, training)
  if (spend) giveBackSpent(engine, grads, made.ahead)
  const result = resultOf(given, flat, made)
  if (given.donate) renewPlace(engine, given.keepsAhead ? undefined : ahead, isOwn, training, made)
  return result
}
