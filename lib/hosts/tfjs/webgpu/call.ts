/** A call of the engine, and what its parts work with. */
import type * as tf from '@tensorflow/tfjs-core'
import type { PassCall } from '../../engine.ts'
import type { Device } from './device.ts'
import type { Recipes } from './recipe.ts'
import type { DeviceNumber } from './scalars.ts'
import type { Tfjs } from './tfjs.ts'

export type Call = PassCall<tf.Tensor, DeviceNumber>

/** The parts of an engine that a run works with. */
export interface Workshop {
  readonly tfjs: Tfjs
  readonly device: Device
  readonly recipes: Recipes
}

/** Where a number is loaded from: a tensor that holds it, or a buffer of many. */
export type Source = tf.Tensor | GPUBuffer

export const isTensor = (source: Source): source is tf.Tensor => 'dataId' in source
