import type { JsTree } from '@jax-js/jax'
import type { Tree } from '../../data/tree.ts'
import type { Extra } from '../../form/form.ts'
import { checkTransformation, type GradientTransformation } from '../../form/transformation.ts'
import type { Mode } from '../../rule/program.ts'
import type { JaxArray } from './array.ts'
import { consuming } from './consume.ts'
import { checkForm, initFormGraph, runFormGraph } from './graph/formGraph.ts'
import type { RunGraphGiven, RunGraphMade } from './graph/runGraph.ts'

/** A tree of arrays as jax-js's functions take and return it. */
export type JaxTree = JsTree<JaxArray>

/** Parameters and state after a step; `ahead`, the place of the next gradient, where the chain has a mark. */
export interface JaxjsStepped<P> {
  readonly params: P
  readonly state: JaxTree
  readonly ahead?: P
}

/** A transformation in the shape of jax-js's optimizers. As its functions do, these consume every array that they are given. */
export interface JaxjsTransformation {
  /** The state before the first update. */
  init(params: JaxTree): JaxTree
  /** The transformed updates and the next state; `extra` holds signals and trees by name. */
  update<P extends JaxTree>(
    updates: P,
    state: JaxTree,
    params?: NoInfer<P>,
    extra?: Extra,
  ): [updates: P, state: JaxTree]
  /** The parameters and the state after a step, in one pass. `ahead`: where the gradients were taken, which a closed gate keeps. */
  step<P extends JaxTree>(
    grads: NoInfer<P>,
    state: JaxTree,
    params: P,
    extra?: Extra,
    ahead?: NoInfer<P>,
  ): JaxjsStepped<P>
}

/**
 * Reads a transformation as one of jax-js's: `{ init, update, step }` on its arrays and trees, to chain with any of that shape and to trace
 * whole under a `jit` of your own.
 *
 *     const tx = toJaxjs(adamw({ learningRate: 1e-3 }))
 *     let state = tx.init(tree.ref(params))
 *     const step = jit((params, state, grads) => tx.step(grads, state, params))
 *
 * Everything is in the graph: counters are int32 arrays, 1 − b^t is −(e^(t·ln b) − 1), schedules are followed by their expressions. A schedule that
 * is a plain function is called where the count can be read, which waits for it: outside of a `jit`. Trees are
 * matched by their paths, whatever order their keys have. Each call consumes all arrays that it is given: `.ref` keeps one.
 *
 * Stages of `arrayStage` go along, in the graph too. What reads an array's numbers (a decomposition) or keeps numbers of the host in its state
 * runs outside of a `jit` alone.
 *
 * Errors: `unsupported` for stages written by hand for other hosts and, under a `jit`, for those and for schedules that are plain functions (say
 * them by `schedule()`); those of `update`. A call that fails consumes nothing.
 */
export const toJaxjs = (tx: GradientTransformation): JaxjsTransformation => {
  checkTransformation('toJaxjs', tx)
  const { form } = tx
  checkForm(form)
  const run = (mode: Mode, given: { readonly [K in keyof RunGraphGiven]: unknown }) =>
    consuming<RunGraphMade>(Object.values(given), () => runFormGraph(form, mode, given as RunGraphGiven))
  return Object.freeze<JaxjsTransformation>({
    init: (params) => consuming([params], () => initFormGraph(form, params as Tree<JaxArray>) as JaxTree),
    update: (updates, state, params, extra) => {
      const made = run('update', { grads: updates, state, params, extra })
      return [made.updates as typeof updates, made.state as JaxTree]
    },
    step: (grads, state, params, extra, ahead) =>
      run('lookahead', { grads, state, params, extra, ahead }) as JaxjsStepped<typeof params>,
  })
}
