/** Draws around the parameters at which gradients are taken: their places, and the means over several of them. */

import { type Tree, treeLeaves, treeMap } from '../data/tree.ts'
import { severalDraws } from '../errors/training.ts'
import type { Extra, Form, Projection } from '../form/form.ts'
import { stateAt } from '../form/places.ts'
import { type Stage, stagesOf } from '../form/stages.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host, TrainingHost, ValueAndGradsOf } from '../hosts/host.ts'
import { type Draws, makeRule, type Rule, slotInput } from '../rule/rule.ts'
import { initRule } from '../run/initRule.ts'
import { runRule } from '../run/runRule.ts'

const drawsIn = (form: Form | Projection): readonly Draws[] => {
  if (form.kind === 'rule') return form.graph.draws ? [form.graph.draws] : []
  const parts: readonly (Form | Projection)[] =
    form.kind === 'sequence'
      ? form.parts
      : form.kind === 'branches'
        ? form.branches.map((branch) => branch.form)
        : form.kind === 'wrapped'
          ? [form.inner, form.outer]
          : []
  return parts.flatMap(drawsIn)
}

/**
 * The draws that a form asks for. Errors: `bad-rule` where two of its stages do that no one rule holds, as one of them, or what stands beside
 * it, is written by hand: the place of a draw is that of one rule.
 */
export const drawsOf = (form: Form): Draws | undefined => {
  const [draws, ...more] = drawsIn(form)
  if (more.length === 0) return draws
  throw severalDraws(form.name, more.length + 1)
}

const known = new WeakMap<Rule, Rule>()

/** The rule whose update is the place of a draw, and that leaves its slots as they are. */
const placing = (rule: Rule, { place }: Draws): Rule => {
  const next = treeMap(rule.slots, (slot, path) => slotInput(path, slot.rank))
  const made = known.get(rule) ?? makeRule(`${rule.name}: place`, rule.slots, { u: place, next: next as Tree<never> })
  known.set(rule, made)
  return made
}

/** The rule of a form that has the draws, and its own part of a state. */
const drawing = (form: Form, state: unknown): { readonly rule: Rule; readonly own: unknown } => {
  if (form.kind === 'rule') return { rule: form, own: state }
  const stage = stagesOf(form).find((each) => each.form.kind === 'rule' && each.form.graph.draws) as Stage
  return { rule: stage.form as Rule, own: stateAt(state, stage.places) }
}

/** The place of a draw around the parameters, by its normal numbers. */
export const placeOn =
  <B extends Shaped>(host: Host<B>) =>
  (form: Form, params: Tree<B>, state: unknown, noise: Tree<B>): Tree<B> => {
    const { rule, own } = drawing(form, state)
    const given = { grads: params, params, state: own, extra: { nextNoise: noise } }
    const made = runRule(placing(rule, rule.graph.draws as Draws), 'update', given, host)
    const theirs = new Set<unknown>(treeLeaves([params, own] as Tree<unknown>))
    const engine = host.engine()
    for (const leaf of treeLeaves(made.state as Tree<unknown>)) {
      if (!theirs.has(leaf) && !host.check(leaf, undefined)) engine.dispose(leaf as B)
    }
    return treeMap<B, B>(made.updates as Tree<B>, (leaf) => (theirs.has(leaf) ? engine.copy(leaf) : leaf))
  }

/** What the draws of one step came to: the mean loss and gradient, what the update is given by name, and what is given back after it. */
export interface Evidence<B, V> extends ValueAndGradsOf<Tree<B>, V> {
  readonly trees: Extra
  readonly own: unknown
}

/** A draw: its normal numbers, and its place. */
export interface Draw<B> {
  readonly noise: Tree<B>
  readonly at: Tree<B>
}

/** The means over several draws, each of which is given back but for the first. */
export const meansOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  (
    { means: rule, samples }: Draws,
    params: Tree<B>,
    draw: (k: number) => Draw<B>,
    gradient: (at: Tree<B>) => ValueAndGradsOf<Tree<B>, V>,
  ): Evidence<B, V> => {
    const engine = host.engine()
    const zeros = treeMap<B, B>(params, ({ shape }) => engine.fill(shape, 0))
    let means = { params: zeros, state: initRule(rule, zeros, host) }
    const values: V[] = []
    for (let k = 0; k < samples; k++) {
      const { noise, at } = draw(k)
      const { value, grads } = gradient(at)
      const given = { grads, ...means, donate: true, extra: { noise } }
      means = runRule(rule, 'step', given, host) as typeof means
      values.push(value)
      host.dispose(k === 0 ? grads : [grads, noise, at])
    }
    return { value: host.mean(values), grads: means.params, trees: means.state as Extra, own: means.state }
  }
