/**
 * What an engine is: something that runs a pass over buffers.
 *
 * `B` is a buffer (a tree's leaf: numbers with a shape), `V` one number that lives with the engine, such as the result of a
 * reduction. Nothing above this line knows how a pass is carried out, nothing below it knows rules, trees or optimizers.
 */
import type { Algebra } from '../expr/fold.ts'
import type { Pass } from '../rule/plan.ts'
import type { Precision } from '../rule/program.ts'

/** What `execute` and the checks need to know of a buffer. */
export interface Shaped {
  readonly shape: readonly number[]
}

/**
 * One pass and what it works on. Lists over leaves have one entry a leaf, in the same order everywhere.
 */
export interface PassCall<B, V> {
  readonly pass: Pass
  readonly shapes: readonly (readonly number[])[]
  /** reads[i][leaf] is the buffer that `pass.reads[i]` stands for. */
  readonly reads: readonly (readonly B[])[]
  /**
   * into[j][leaf]: a buffer of the leaf's shape that output j may overwrite and return; absent where a new one is wanted. What an engine reserved
   * for the results of reductions over axes stands behind the outputs.
   */
  readonly into: readonly (readonly (B | undefined)[] | undefined)[]
  /** For each read whether its buffers are given up with the call and nobody else's: an engine may take their memory and leave them other. */
  readonly spent?: readonly boolean[]
  /** The value of `pass.uniforms[k]`: a list over leaves where it is `perLeaf`; numbers, or `V` where it is `deferred`. */
  readonly uniforms: readonly (number | V | readonly (number | V)[])[]
}

/** What a pass made: outputs[j][leaf], and for each reduction a value, or a list over leaves where it is over the leaf; buffers where it is over axes. */
export interface PassResult<B, V> {
  readonly outputs: readonly (readonly B[])[]
  readonly reductions: readonly (V | readonly V[] | readonly B[])[]
}

/** The algebra of the numbers that live with an engine. */
export type Scalars<V> = Pick<Algebra<V>, 'unary' | 'binary' | 'select'> & { readonly number: (x: number) => V }

export interface Engine<B extends Shaped, V> extends Precision {
  readonly name: string
  readonly scalars: Scalars<V>
  run(call: PassCall<B, V>): PassResult<B, V>
  /** Why a pass runs as tfjs ops instead of a kernel, as a clause; undefined where it is a kernel. Absent: every pass is one. */
  readonly whyNotFused?: (pass: Pass) => string | undefined
  /** The kernel of a pass, for people to read. Absent: passes are no kernels here. */
  readonly text?: (pass: Pass) => string
  /**
   * What `run` of a pass will write to, with a new buffer wherever `into` has none, which `made` lists; with what else the pass needs, so that it
   * cannot fail for want of memory. Nothing for a pass that has no kernel. Absent: memory is not looked after here.
   */
  readonly reserve?: (
    call: Pick<PassCall<B, V>, 'pass' | 'shapes' | 'into'>,
    made: B[],
  ) => readonly (readonly B[])[] | undefined
  /** Whether leaves of these shapes can be at all, asked before a run writes in place. Absent: they can. Errors: `out-of-memory`. */
  readonly admit?: (shapes: readonly (readonly number[])[]) => void
  /** False where there is no memory for so many bytes. Absent: that is not known before. */
  readonly hasRoom?: (bytes: number) => boolean
  /** The number in a buffer of one element. */
  read(buffer: B): V
  /** A buffer of one element that holds `value`; `into` may be overwritten and returned. */
  write(value: V, into: B | undefined): B
  /** A new buffer, every element of which is `value`. */
  fill(shape: readonly number[], value: number): B
  /** A new buffer of the same numbers. */
  copy(buffer: B): B
  /** True when a buffer's memory may be overwritten in place: nobody else holds it. Absent: this engine never writes in place. */
  readonly writable?: (buffer: B) => boolean
  /** `writable` of whole lists, and false where a buffer was given back: the engine may remember what it finds. `once`: the lists will not come again in another step. */
  readonly allWritable?: (lists: readonly (readonly (B | undefined)[] | undefined)[], once: boolean) => boolean
  /**
   * Up to how many numbers a leaf, in the mean, the place of the next gradient is better written over that of this one, whose buffers then
   * stay the same from step to step, than over the gradient. Default: always.
   */
  readonly keepsPlaceUpTo?: number
  /** What tells two buffers of the same memory. */
  identity(buffer: B): unknown
  /** Gives a buffer back. */
  dispose(buffer: B): void
  /** True where `run` and the scalars make no buffers but those that they return. */
  readonly leavesNothing?: boolean
  /** Runs `f`; what it makes and does not return is given back. */
  scope<T>(f: () => T): T
}
