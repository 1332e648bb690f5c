/**
 * Optimizers on plain `Float32Array`s, by fused SIMD kernels over a WebAssembly memory of their own: no tensor library.
 *
 * Take transformations from `foregrad/core`.
 */
export { type Arrays, type ArraysMemory, type ArraysOptions, createArrays } from './hosts/arrays/arrays.ts'
export type { ArrayLeaf } from './hosts/arrays/leaf.ts'
export type { Arrayed, Numbers } from './hosts/arrays/numbers.ts'
export type { ValueAndGrad, ValueAndGrads } from './hosts/arrays/trainingHost.ts'
export { ndarray } from './hosts/float64/float64.ts'
export type { TrainOptions } from './train/driver.ts'
export type { TrainerOf, TrainerState, TrainState } from './train/loop.ts'
export type { StepOptions } from './train/step.ts'
export type { TrainerOptions } from './train/trainer.ts'
export type { LookaheadState } from './train/withLookaheadGradient.ts'
