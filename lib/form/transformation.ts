/** Gradient transformations: the public record, and the forms it can have. */

import { type Excess, noExcess } from '../data/excess.ts'
import type { Path } from '../data/path.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import { badBranches, badStages, noStage, noTransformation, wrappedProjection } from '../errors/forms.ts'
import type { Expr } from '../expr/expr.ts'
import { aroundRule, branchRules, chainRules } from '../rule/compose.ts'
import {
  type Draws,
  defineRule,
  type Exactly,
  type Hypers,
  type NextExprs,
  type Rule,
  type RuleInputs,
  type SlotExprs,
  type Slots,
} from '../rule/rule.ts'
import type { Slot } from '../rule/slot.ts'
import { attached } from './attached.ts'
import { byHand } from './byHand.ts'
import type { Branch, Extra, Form } from './form.ts'
import type { Params, ParamsLike } from './leaf.ts'
import { isProjection } from './stages.ts'

export type { Grads, Leaf, Params, ParamsLike, Updates } from './leaf.ts'

/**
 * A gradient transformation: a frozen record of two pure functions, and the value that they are read from.
 *
 * `update` returns the transformed updates and the next state; what it is given stays as it is. `params` must be given where the rule
 * uses them; `extra` holds signals and trees by name and reaches every stage of a chain. A mark (`predictAhead`) changes nothing in it.
 */
export interface GradientTransformation<S = unknown> {
  readonly name: string
  init<P extends ParamsLike<P>>(params: P): S
  update<P extends ParamsLike<P>>(
    updates: P,
    state: S,
    params?: NoInfer<P> | Params,
    extra?: Extra,
  ): readonly [updates: P, state: S]
  /** What the transformation is made of. */
  readonly form: Form
}

/** The state of a transformation. */
export type StateOf<T> = T extends GradientTransformation<infer S> ? S : never

/** The transformation of a form. Errors: those of `stagesOf`. */
export const transformation = <S>(form: Form): GradientTransformation<S> => {
  if (form.kind !== 'rule') byHand(form).stagesOf(form)
  return Object.freeze({
    name: form.name,
    form,
    init: (params: unknown, ...excess: Excess) => {
      const library = attached()
      noExcess(`${form.name}: init`, excess)
      return library.init(form, params as Params) as S
    },
    update: (updates: unknown, state: S, params?: unknown, extra?: Extra, ...excess: Excess) => {
      const library = attached()
      noExcess(`${form.name}: update`, excess)
      const made = library.update(form, { grads: updates as Params, state, params: params as Params, extra })
      return [made.updates as never, made.state as S] as const
    },
  })
}

/**
 * Makes a transformation of your own out of its slots and its update rule, written as expressions. It fuses like the library's.
 *
 * `update` is called once, with `{ g, p, w, moved }` (gradient, parameters, parameters after the update, params + u) and the slots as
 * expressions. It returns `u`, `next` with one expression for every slot and no other, where wanted the mark `ahead`, and `hypers`, the numbers
 * that `hyperparams` tells by name.
 *
 * Errors: `bad-rule`.
 *
 * @example
 * const signMomentum = (decay: number) =>
 *   rule({
 *     name: 'signMomentum',
 *     slots: { mu: moment },
 *     update: ({ g }, { mu }) => {
 *       const next = expr.ema(mu, g, decay)
 *       return { u: expr.sign(next), next: { mu: next } }
 *     },
 *   })
 */
export const rule = <S extends Slots, N extends NextExprs<S>>(
  spec: {
    readonly name: string
    readonly slots: S
    readonly update: (
      given: RuleInputs,
      state: SlotExprs<S>,
    ) => {
      readonly u: Expr<'cell'>
      readonly next: Exactly<NextExprs<S>, N>
      readonly ahead?: Expr<'cell'>
      readonly draws?: Draws
      readonly project?: Expr<'cell'>
      readonly hypers?: Hypers
    }
  },
  ...excess: Excess
): GradientTransformation<{ readonly [K in keyof S]: S[K] extends Slot<'step'> ? number : Params }> => {
  noExcess('rule', excess)
  return transformation(defineRule<S>(spec as never))
}

/**
 * A rule around a transformation: it takes the inner one's update for its gradient and the inner one's new parameters for `moved`. The two
 * fuse. The state is the rule's and beside it `inner`.
 */
export const around = <S, T>(outer: Rule, inner: GradientTransformation<T>): GradientTransformation<S> => {
  checkTransformation(`${outer.name}: inner`, inner)
  const { form } = inner
  return transformation(
    form.kind === 'rule' ? aroundRule(outer, form) : { kind: 'wrapped', name: outer.name, inner: form, outer },
  )
}

const kindsOfForm: readonly unknown[] = ['rule', 'opaque', 'sequence', 'wrapped', 'branches'] satisfies Form['kind'][]

/** True for the records that this file makes, and for copies of them. */
export const isTransformation = (x: unknown): x is GradientTransformation => {
  if (typeof x !== 'object' || x === null) return false
  const { form, init, update } = x as { readonly [K in keyof GradientTransformation]?: unknown }
  if (typeof init !== 'function' || typeof update !== 'function' || typeof form !== 'object' || form === null)
    return false
  return kindsOfForm.includes((form as { readonly kind?: unknown }).kind)
}

/** Checks that something is a transformation. Errors: `bad-rule`. */
export const checkTransformation = (where: string, x: unknown): void => {
  if (!isTransformation(x)) throw noTransformation(where, x)
}

/** The form of a chain: one rule where all parts are rules, else a sequence. Errors: `bad-rule`. */
export const chainForm = (name: string, parts: readonly GradientTransformation[]): Form => {
  const faults = parts.flatMap((part, i): Fault[] => (isTransformation(part) ? [] : [noStage(name, i, part)]))
  raiseAs(badStages, faults)
  const forms = parts.map(({ form }) => form)
  const rules = forms.filter((form): form is Rule => form.kind === 'rule')
  return rules.length === forms.length ? chainRules(rules, name) : { kind: 'sequence', name, parts: forms }
}

/**
 * The form of transformations side by side, each on its own leaves; other leaves pass: one rule where all are rules. Errors: `bad-rule` for
 * one that sets the parameters by hand, which it must do for all leaves.
 */
export const branchForm = (name: string, prefix: Path, branches: readonly Branch[]): Form => {
  const faults = branches.flatMap(({ form }): Fault[] =>
    form.kind !== 'rule' && byHand(form).stagesOf(form).some(isProjection) ? [wrappedProjection(form.name, name)] : [],
  )
  raiseAs(badBranches, faults)
  const rules = branches.flatMap(({ key, test, form }) => (form.kind === 'rule' ? [{ key, test, rule: form }] : []))
  return rules.length === branches.length
    ? branchRules(name, prefix, rules)
    : { kind: 'branches', name, prefix, branches }
}
