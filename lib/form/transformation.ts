/** Gradient transformations: the public record, and the forms it can have. */

import { isRecord, own } from '../data/branch.ts'
import { describe, type Fault, raise } from '../data/error.ts'
import { type Excess, noExcess, unknownFaults } from '../data/excess.ts'
import type { NdArray } from '../data/ndArray.ts'
import type { Path } from '../data/path.ts'
import type { Tree } from '../data/tree.ts'
import type { Expr } from '../expr/expr.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
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
import { type ByHand, byHand } from './byHand.ts'
import type { Branch, ByHost, Check, Extra, Form, ProjectFunctions, UpdateFunctions } from './form.ts'
import type { Leaf, Params, ParamsLike } from './leaf.ts'
import { partsOf } from './parts.ts'
import { isProjection, stagesOf } from './stages.ts'

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

const checkHandWritten = (
  where: string,
  spec: unknown,
  needed: readonly string[],
  optional: readonly string[],
): void => {
  const faults = unknownFaults(where, spec, ['name', ...needed, ...optional])
  const given = (isRecord(spec) ? spec : {}) as Readonly<Record<string, unknown>>
  if (!isRecord(spec)) faults.push({ path: where, expected: 'a record', got: describe(spec) })
  const { name } = given
  const functions = Object.fromEntries(needed.map((key) => [key, own(given, key)]))
  if (typeof name !== 'string' || name === '')
    faults.push({ path: `${where}: name`, expected: 'a name', got: describe(name) })
  for (const [key, f] of Object.entries(functions)) {
    if (typeof f !== 'function') faults.push({ path: `${where}: ${key}`, expected: 'a function', got: describe(f) })
  }
  raise('bad-rule', faults, `Give { name, ${Object.keys(functions).join(', ')} }.`)
}

/** What takes forms with stages by hand apart. */
const tools: ByHand = { stagesOf, partsOf }

/** A leaf of `foregrad/arrays`, as functions written by hand see it. */
export interface FloatLeaf {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** What `opaque` takes: `init` and `update` on tensors, and where there are any the same on float64 numbers and on arrays. */
export interface OpaqueSpec<S> extends UpdateFunctions<S, Leaf> {
  readonly name: string
  readonly float64?: UpdateFunctions<unknown, NdArray>
  readonly arrays?: UpdateFunctions<unknown, FloatLeaf>
  /** True when `update` must be given the parameters. */
  readonly needsParams?: boolean
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What is wrong with what `update` would be given. With it, `update` must not fail. */
  readonly check?: Check
}

/**
 * Makes a transformation of two functions written by hand with tfjs ops, for what no rule can say (matrix methods). `chain` runs it as it
 * is and still fuses the rules on both sides of it. `update` must leave its arguments alone.
 *
 * Rules before it write in place under `donate` only where it has a `check`: what could still fail must find everything as it was.
 *
 * Errors: `bad-rule` unless there is a name and both functions.
 */
export const opaque = <S>(spec: OpaqueSpec<S>, ...excess: Excess): GradientTransformation<S> => {
  noExcess('opaque', excess)
  checkHandWritten('opaque', spec, ['init', 'update'], ['float64', 'arrays', 'needsParams', 'reads', 'check'])
  const { name, init, update, float64, arrays, needsParams, reads, check } = spec
  return transformation<S>({
    kind: 'opaque',
    name,
    byHand: tools,
    functions: { tfjs: { init, update }, float64, arrays } as ByHost<UpdateFunctions<unknown, never>>,
    needsParams,
    reads,
    check,
  })
}

/** What `arrayStage` takes: `init` and `update`, given a host's array operations before all else. */
export interface ArrayStageSpec<S> {
  readonly name: string
  init<A extends Shaped>(ops: ArrayOps<A>, params: Tree<A>): S
  update<A extends Shaped>(
    ops: ArrayOps<A>,
    updates: Tree<A>,
    state: S,
    params: Tree<A> | undefined,
    extra: Extra,
  ): readonly [Tree<A>, S]
  /** True when `update` must be given the parameters. */
  readonly needsParams?: boolean
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What of its work is done on the host's numbers, as a noun: `explain` says so. */
  readonly onNumbers?: string | undefined
  /** What is wrong with what `update` would be given. With it, `update` must not fail. */
  readonly check?: Check
}

/**
 * Makes a transformation of two functions written once against array operations, for what no rule can say (matrix methods). It runs on
 * every host: float64 numbers, tfjs, arrays and jax-js. For the rest it is as `opaque`.
 *
 * Errors: `bad-rule` unless there is a name and both functions.
 *
 * @example
 * const gram = arrayStage({
 *   name: 'gram',
 *   init: () => ({}),
 *   update: (ops, updates, state) => [treeMap(updates, (x) => ops.matMul(x, ops.transpose(x, [1, 0]))), state],
 * })
 */
export const arrayStage = <S>(spec: ArrayStageSpec<S>, ...excess: Excess): GradientTransformation<S> => {
  noExcess('arrayStage', excess)
  checkHandWritten('arrayStage', spec, ['init', 'update'], ['needsParams', 'reads', 'onNumbers', 'check'])
  const { name, init, update, needsParams, reads, onNumbers, check } = spec
  return transformation<S>({
    kind: 'opaque',
    name,
    byHand: tools,
    functions: {},
    onOps: (ops) => ({
      init: (params) => init(ops, params),
      update: (updates, state, params, extra) => update(ops, updates, state as S, params, extra),
    }),
    needsParams,
    reads,
    onNumbers,
    check,
  })
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

/** What `projectParams` takes: `init` and `project` on tensors, and where there are any the same on float64 numbers and on arrays. */
export interface ProjectSpec<S> extends ProjectFunctions<S, Leaf> {
  readonly name: string
  readonly float64?: ProjectFunctions<unknown, NdArray>
  readonly arrays?: ProjectFunctions<unknown, FloatLeaf>
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[]
  /** What is wrong with what `project` would be given. With it, `project` must not fail, and the step before it is made in place. */
  readonly check?: Check
}

/**
 * Sets the parameters after each step of a transformation by a function written by hand with tfjs ops: for what no expression can say. (A
 * rule that returns `project` does the same for what one can, within its own pass.)
 *
 *     [params', own'] = project(params + u, own, extra)
 *
 * `project` returns the very tree it is given where nothing is to change, and keeps no tensor of it. Through `step`, `withGradient` and
 * `withLookaheadGradient` the parameters are exactly its result, and a forecast moves along with them; through `update` up to rounding, as
 * params + (target − params) need not be the target.
 *
 * State: the record that `init` makes, and beside it `inner`. Errors: `bad-rule` unless there is a name and both functions, and for a stage
 * behind it in a chain: it must be the outermost.
 */
export const projectParams = <S extends object, T>(
  inner: GradientTransformation<T>,
  spec: ProjectSpec<S>,
  ...excess: Excess
): GradientTransformation<S & { readonly inner: T }> => {
  noExcess('projectParams', excess)
  checkTransformation('projectParams: inner', inner)
  checkHandWritten('projectParams', spec, ['init', 'project'], ['float64', 'arrays', 'reads', 'check'])
  const { name, init, project, float64, arrays, reads, check } = spec
  const functions = { tfjs: { init, project }, float64, arrays } as ByHost<ProjectFunctions<unknown, never>>
  return transformation({
    kind: 'wrapped',
    name,
    inner: inner.form,
    outer: { kind: 'projection', name, byHand: tools, functions, reads, check },
  })
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
  if (isTransformation(x)) return
  const fault = { path: where, expected: 'a transformation', got: describe(x) }
  raise('bad-rule', [fault], 'Make one with the functions of this library, with rule or with opaque.')
}

/** The form of a chain: one rule where all parts are rules, else a sequence. Errors: `bad-rule`. */
export const chainForm = (name: string, parts: readonly GradientTransformation[]): Form => {
  const faults = parts.flatMap((part, i): Fault[] =>
    isTransformation(part) ? [] : [{ path: `${name}: stage ${i}`, expected: 'a transformation', got: describe(part) }],
  )
  raise('bad-rule', faults, 'Make stages with the functions of this library, with rule or with opaque.')
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
    form.kind !== 'rule' && byHand(form).stagesOf(form).some(isProjection)
      ? [{ path: form.name, expected: 'to be the outermost', got: `${name} around it` }]
      : [],
  )
  raise('bad-rule', faults, 'It sets the parameters: wrap it around the whole, and give it a mask if it has one.')
  const rules = branches.flatMap(({ key, test, form }) => (form.kind === 'rule' ? [{ key, test, rule: form }] : []))
  return rules.length === branches.length
    ? branchRules(name, prefix, rules)
    : { kind: 'branches', name, prefix, branches }
}
