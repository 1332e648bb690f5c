/** A pass that has no kernel, by tfjs ops on the same device. */
import type * as tf from '@tensorflow/tfjs-core'
import type { Engine, PassCall, PassResult } from '../../engine.ts'
import { webgpuCounters } from './counters.ts'
import { DeviceNumber, load } from './scalars.ts'

type T = tf.Tensor

/** The engine that has an op for everything: what makes the other one hands it over, since it is there before. */
export type Fallback = Engine<T, T>

/** Runs it; numbers that live on the device are written into tensors by `write`, and what is reduced to numbers stays there. */
export const runOnTensors = (
  call: PassCall<T, DeviceNumber>,
  write: (value: DeviceNumber, into: T | undefined) => T,
  fallback: Fallback,
): PassResult<T, DeviceNumber> => {
  webgpuCounters.spread++
  const asTensor = (x: number | DeviceNumber): number | T => (x instanceof DeviceNumber ? write(x, undefined) : x)
  const uniforms = call.uniforms.map((x) => (Array.isArray(x) ? x.map(asTensor) : asTensor(x as number | DeviceNumber)))
  const made = fallback.run({ ...call, uniforms })
  const reductions = made.reductions.map((x, j) => {
    if (call.pass.reductions[j]?.along) return x as readonly T[]
    return Array.isArray(x) ? x.map((each) => load(each, 0)) : load(x, 0)
  })
  return { outputs: made.outputs, reductions }
}
