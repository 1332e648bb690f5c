/**
 * What a host is: a library whose arrays are the leaves of trees. tfjs is one, plain float64 numbers are another.
 *
 * Rules, forms and checks know nothing of a leaf but its shape; whatever is done with one goes through the host that is handed to them.
 */

import type { Tree } from '../data/tree.ts'
import type { Fault } from '../errors/error.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import type { ArrayOps } from './arrayOps.ts'
import type { Engine, Shaped } from './engine.ts'

/** What is wrong with a value as a leaf of a given shape, or nothing. */
export type LeafCheck = (leaf: unknown, shape: readonly number[] | undefined) => Omit<Fault, 'path'> | undefined

/** The state of a rule before its first update, and one run of it. */
export interface RunsRules<B> {
  readonly init: (rule: Rule, params: Tree<B>) => unknown
  readonly run: (rule: Rule, mode: Mode, given: RuleGiven<B>) => RuleMade<B>
}

interface RuleGiven<B> {
  readonly grads: Tree<B>
  readonly state: unknown
  readonly params?: Tree<B> | undefined
  readonly extra?: Readonly<Record<string, unknown>> | undefined
}

interface RuleMade<B> {
  readonly updates?: Tree<B>
  readonly params?: Tree<B>
  readonly ahead?: Tree<B>
  readonly state: unknown
}

export interface Host<B extends Shaped> {
  /** By this name a transformation written by hand holds the functions for this host's leaves. */
  readonly name: string
  /** What its leaves are called, in the plural. Default: float32 tensors. */
  readonly leaves?: string
  /** The engine that runs passes now. */
  readonly engine: () => Engine<B, unknown>
  readonly check: LeafCheck
  /** True where leaves that were checked before may all still be read; where there is none, nothing can be wrong with it. */
  readonly areAlive: (leaves: readonly (B | undefined)[]) => boolean
  /** Its array operations: with them it runs what `arrayStage` makes. */
  readonly ops?: ArrayOps<B>
  /** Carries out what a lazy library has left undone for the arrays in a state that a stage returns, so that they hold nothing but themselves. */
  readonly settle?: (state: unknown) => void
  /** How it runs rules between stages written by hand, where not by passes of its engine. It checks what they are given. */
  readonly rules?: RunsRules<B>
}

/** The loss, and its gradient with respect to every leaf of the parameters. */
export interface ValueAndGradsOf<P, V> {
  readonly value: V
  readonly grads: P
}

/** A host that trains: `V` is the value of a loss, `L` what a loss returns. */
export interface TrainingHost<B extends Shaped, V, L = V> extends Host<B> {
  /** The loss and its gradients as a function of the place and the batch. Every gradient is a buffer of its own, which the caller gives back. */
  readonly valueAndGrad: <P, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
  ) => (params: P, ...batch: Batch) => ValueAndGradsOf<P, V>
  /** Gives back every buffer and every value in a tree, each once; what is given back already is passed over. */
  readonly dispose: (tree: unknown) => void
  /** A new buffer of these numbers. */
  readonly make: (numbers: Float32Array, shape: readonly number[]) => B
  /** The mean of values, which are given back. */
  readonly mean: (values: readonly V[]) => V
}
