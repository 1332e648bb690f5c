/** One instance of arrays: a memory, and transformations that run on what lies in it. */

import { checkRunOptions, type Kinds, positiveInteger } from '../../check/options.ts'
import { isBranch, type Tree } from '../../data/tree.ts'
import { noSimd } from '../../errors/arrays.ts'
import type { Extra } from '../../form/form.ts'
import type { RunGiven } from '../../form/given.ts'
import { checkTransformation, type GradientTransformation } from '../../form/transformation.ts'
import type { Mode } from '../../rule/program.ts'
import { initForm, runForm } from '../../run/runForm.ts'
import { hasSimd } from '../../simd/runtime.ts'
import { addStore } from '../../store/stores.ts'
import { applyUpdatesOn } from '../../train/applyUpdates.ts'
import type { TrainOptions } from '../../train/driver.ts'
import { type GaussNewtonBartlettOptions, gaussNewtonBartlettOn } from '../../train/gaussNewtonBartlett.ts'
import type { TrainerOf, TrainerState, TrainState } from '../../train/loop.ts'
import { type StepOptions, stepKinds } from '../../train/step.ts'
import { type TrainerOptions, trainerOn } from '../../train/trainer.ts'
import { withGradientOn } from '../../train/withGradient.ts'
import {
  type CurvedState,
  type HessianDiagonalOptions,
  withHessianDiagonalOn,
} from '../../train/withHessianDiagonal.ts'
import { type LookaheadState, withLookaheadGradientOn } from '../../train/withLookaheadGradient.ts'
import type { Heap } from './heap.ts'
import { arraysHost } from './host.ts'
import type { ArrayLeaf } from './leaf.ts'
import { type Arrayed, copyTree, type Staged, stage } from './numbers.ts'
import { arraysStorage } from './storage.ts'
import { openThreads } from './threads.ts'
import { trainingHost, type ValueAndGrad } from './trainingHost.ts'

/** Options of `createArrays`. */
export interface ArraysOptions {
  /** How many threads may work at most, with the one that calls. Default: 1. */
  readonly threads?: number
}

/** What an instance holds. */
export interface ArraysMemory {
  /** How many arrays are alive. */
  readonly numArrays: number
  /** How many bytes their numbers take. */
  readonly numBytes: number
  /** How many bytes the WebAssembly memory has: it grows where it must, and never shrinks. */
  readonly reservedBytes: number
}

/** A memory of its own, and transformations that run on the arrays in it. */
export interface Arrays {
  /** Copies numbers in: a tree of `Float32Array`s, `ndarray(data, shape)`s, nested arrays of numbers, or arrays. Errors: `tree-mismatch`. */
  from<T>(tree: T): Arrayed<T>
  /** The state of a transformation before its first update. Errors: `tree-mismatch`, `disposed-tensor`, `unsupported`. */
  init<S>(tx: GradientTransformation<S>, params: unknown): S
  /** The updates and the next state: what is given stays. Gradients are arrays, or numbers that are copied in. */
  update<P, S>(
    tx: GradientTransformation<S>,
    grads: unknown,
    state: S,
    params?: P,
    extra?: Extra,
  ): readonly [unknown extends P ? Tree<ArrayLeaf> : P, S]
  /** Update and apply in one fused pass: see `step`. Gradients are arrays, which stay, or numbers that are copied in. */
  step<P, S>(
    tx: GradientTransformation<S>,
    grads: unknown,
    state: S,
    params: P,
    options?: StepOptions,
  ): { readonly params: P; readonly state: S }
  /** params + updates, leaf by leaf: new arrays. */
  applyUpdates<P>(params: P, updates: unknown): P
  /**
   * A loss with its gradient and an optimizer as a loop: each step takes the gradient at the parameters and applies the update.
   *
   * Default: donate = false; with `donate: true` each step consumes the train state that it is given, the first one also the parameters.
   * Errors: `bad-rule` for a chain with a mark, `bad-argument` for an unknown option and for what is no value and gradients; those of `step`.
   */
  withGradient<P, S, Batch extends readonly unknown[]>(
    valueAndGrad: ValueAndGrad<P, Batch>,
    tx: GradientTransformation<S>,
    options?: TrainOptions<Batch>,
  ): TrainerOf<TrainState<P, S>, P, Batch, number>
  /** The same with the gradient taken at the predicted parameters (`ahead`) and applied to the real ones. Errors: `bad-rule` without a mark. */
  withLookaheadGradient<P, S, Batch extends readonly unknown[]>(
    valueAndGrad: ValueAndGrad<P, Batch>,
    tx: GradientTransformation<S>,
    options?: TrainOptions<Batch>,
  ): TrainerOf<LookaheadState<P, S>, P, Batch, number>
  /**
   * A loss, an optimizer that reads the curvature, and an estimator of it: Sophia with its probes, as on tfjs. The estimator returns arrays, which are
   * given back after the step, or numbers. Defaults: updateInterval = 10, donate = false. Errors: `bad-rule` for an optimizer that does not read
   * `hessianDiagonal`; `bad-argument` without an estimator; those of `withGradient`.
   */
  withHessianDiagonal<P, S, Batch extends readonly unknown[]>(
    valueAndGrad: ValueAndGrad<P, Batch>,
    tx: GradientTransformation<S>,
    options: Omit<HessianDiagonalOptions<P, Batch>, 'estimator'> & {
      readonly estimator: (step: number, params: P, ...batch: Batch) => unknown
    },
  ): TrainerOf<CurvedState<P, S>, P, Batch, number>
  /**
   * Gauss–Newton–Bartlett's estimate of the curvature, B·(∇L̂)², as on tfjs: `logits` makes scores (numbers or an array, classes along the last
   * axis), from which labels are drawn: an array of the same shape, 1 at one class of each example. `valueAndGrad` is given them behind the parameters
   * and makes the mean cross-entropy and its gradient. Errors: `bad-hyperparameter` for what is no key, `bad-argument` for scores of no example.
   */
  gaussNewtonBartlettEstimatorDiagHessian<P, Batch extends readonly unknown[]>(
    logits: (params: P, ...batch: Batch) => unknown,
    valueAndGrad: ValueAndGrad<P, readonly [ArrayLeaf, ...Batch]>,
    options: GaussNewtonBartlettOptions,
  ): (step: number, params: P, ...batch: Batch) => P
  /** The same with gradients taken wherever the transformation needs them: a forecast, draws, the previous place, several together. */
  trainer<P, S, Batch extends readonly unknown[]>(
    valueAndGrad: ValueAndGrad<P, Batch>,
    tx: GradientTransformation<S>,
    options?: TrainerOptions<Batch>,
  ): TrainerOf<TrainerState<P, S>, P, Batch, number>
  /** Gives back every array in a tree, a state or a train state; what was given back before is passed over. */
  dispose(tree: unknown): void
  /** What is alive, and what it takes. */
  memory(): ArraysMemory
  /** How many threads work on large passes, with the one that calls. */
  readonly threads: number
  /** Why they are fewer than were asked for, as clauses: no shared memory, fewer processors, a thread that could not start. */
  readonly why: readonly string[]
  /** Ends the other threads. Arrays stay, and what is called afterwards runs on one thread, with the same results. */
  close(): void
}

const arraysKinds: Kinds<ArraysOptions> = { threads: positiveInteger }

const checkSimd = (): void => {
  if (!hasSimd()) throw noSimd()
}

/** Signals stay what they are, numbers in trees are copied in. */
const stageExtra = (heap: Heap, params: unknown, extra: Extra): readonly [Extra, readonly Staged[]] => {
  const staged: Staged[] = []
  const values = Object.entries(extra).map(([key, x]) => {
    if (!isBranch(x) && (typeof x !== 'object' || x === null)) return [key, x]
    const made = stage(heap, params, x)
    staged.push(made)
    return [key, made.tree]
  })
  return [Object.fromEntries(values), staged]
}

/**
 * Opens a WebAssembly memory and runs transformations on the arrays in it, by fused SIMD kernels; no tensor library is needed. Instances
 * stand side by side, each with its memory; one that nobody holds any longer is collected whole, and its threads end.
 *
 * With `threads` the memory is shared with workers of its own, in Node and in pages that are isolated from other origins (COOP and COEP), and
 * passes over 150,000 numbers or more are cut between them, those that reduce over axes or spread rows and columns between leaves
 * alone. The numbers are the same, bit for bit, however many threads there are; `threads`
 * and `why` of the instance tell how many. No thread keeps a program from ending. `data` is a view on shared memory then: a few functions of a
 * page (`TextDecoder`, `crypto`) want a copy of it.
 *
 * Defaults: threads = 1. Errors: `unsupported` where WebAssembly has no SIMD, `bad-argument` for an unknown option.
 *
 * @example
 * const arrays = createArrays()
 * const params = arrays.from({ w: new Float32Array(3) })
 * const state = arrays.init(tx, params)
 * const next = arrays.step(tx, { w: Float32Array.of(1, 2, 3) }, state, params)
 */
export const createArrays = (options: ArraysOptions = {}): Arrays => {
  checkRunOptions('createArrays', options, arraysKinds)
  checkSimd()
  addStore(arraysStorage)
  const { heap, team, why } = openThreads(options.threads ?? 1)
  const host = arraysHost(heap, team)
  const training = trainingHost(heap, host)

  /** Runs a form on gradients that are given as numbers or as arrays; what is copied in lives as long as the call. */
  const run = (tx: GradientTransformation<unknown>, mode: Mode, given: RunGiven<ArrayLeaf>) => {
    const staged = stage(heap, given.params, given.grads)
    const [extra, others] = stageExtra(heap, given.params, given.extra ?? {})
    // Only what the run owns whole may be written over; an update may hand a gradient on as it is.
    const spend = staged.isOwn && mode !== 'update'
    let isSpent = false
    try {
      const made = runForm(tx.form, mode, { ...given, grads: staged.tree as Tree<ArrayLeaf>, extra, spend }, host)
      isSpent = spend
      return made
    } finally {
      for (const { own } of isSpent ? others : [staged, ...others]) for (const leaf of own) heap.giveBack(leaf)
    }
  }

  const init = <S>(tx: GradientTransformation<S>, params: unknown): S => {
    checkTransformation('init', tx)
    return initForm(tx.form, params as Tree<ArrayLeaf>, host) as S
  }

  return {
    from: (tree) => copyTree(heap, tree, 'from') as never,
    init,
    update: (tx, grads, state, params, extra) => {
      checkTransformation('update', tx)
      const given = { grads, state, params, extra } as RunGiven<ArrayLeaf>
      const made = run(tx, 'update', given)
      return [made.updates, made.state] as never
    },
    step: (tx, grads, state, params, options = {}) => {
      checkTransformation('step', tx)
      checkRunOptions('step', options, stepKinds)
      const made = run(tx, 'step', { ...options, grads, state, params } as RunGiven<ArrayLeaf>)
      return { params: made.params, state: made.state } as never
    },
    applyUpdates: (params, updates) => {
      const staged = stage(heap, params, updates)
      try {
        return applyUpdatesOn(host)(params as Tree<ArrayLeaf>, staged.tree as Tree<ArrayLeaf>) as never
      } finally {
        for (const leaf of staged.own) heap.giveBack(leaf)
      }
    },
    withGradient: (valueAndGrad, tx, options = {}) => withGradientOn(training)(valueAndGrad, tx, options),
    withLookaheadGradient: (valueAndGrad, tx, options = {}) =>
      withLookaheadGradientOn(training)(valueAndGrad, tx, options),
    withHessianDiagonal: (valueAndGrad, tx, options) => {
      const estimator = options?.estimator
      const estimate: typeof estimator = (step, params, ...batch) =>
        stage(heap, params, estimator(step, params, ...batch)).tree
      const staged = typeof estimator === 'function' ? { ...options, estimator: estimate } : options
      return withHessianDiagonalOn(training)(valueAndGrad, tx, staged as never)
    },
    gaussNewtonBartlettEstimatorDiagHessian: (logits, valueAndGrad, options) =>
      gaussNewtonBartlettOn(training)(
        (params, ...batch) => copyTree(heap, logits(params, ...batch), 'logits') as ArrayLeaf,
        (params, labels, ...batch) => valueAndGrad(params, labels, ...batch),
        options,
      ),
    trainer: (valueAndGrad, tx, options = {}) => trainerOn(training)(valueAndGrad, tx, options),
    dispose: training.dispose,
    memory: () => ({
      numArrays: heap.alive,
      numBytes: heap.aliveBytes,
      reservedBytes: heap.memory.buffer.byteLength,
    }),
    get threads() {
      return team?.size ?? 1
    },
    get why() {
      return [...why, ...(team?.why ?? [])]
    },
    close: () => team?.end(),
  }
}
