/** A pass that has no kernel, by tfjs ops on the same device. */
import * as tf from '@tensorflow/tfjs-core'
import type { Engine, PassCall, PassResult } from '../../engine.ts'
import { webgpuCounters } from './counters.ts'
import { amongSums } from './gather.ts'
import { DeviceNumber } from './scalars.ts'

type T = tf.Tensor

/** The engine that has an op for everything: what makes the other one hands it over, since it is there before. */
export type Fallback = Engine<T, T>

/**
 * Runs it; numbers that live on the device are written into tensors by `write`, and what is reduced to numbers goes among the sums by `fused`, so that
 * no tensor is left but those that it returns.
 */
export const runOnTensors = (
  call: PassCall<T, DeviceNumber>,
  write: (value: DeviceNumber, into: T | undefined) => T,
  fallback: Fallback,
  fused: (call: PassCall<T, DeviceNumber>) => PassResult<T, DeviceNumber>,
): PassResult<T, DeviceNumber> => {
  webgpuCounters.spread++
  const asTensor = (x: number | DeviceNumber): number | T => (x instanceof DeviceNumber ? write(x, undefined) : x)
  const numbers: (DeviceNumber | readonly DeviceNumber[] | undefined)[] = []
  const run = () => {
    const uniforms = call.uniforms.map((x) =>
      Array.isArray(x) ? x.map(asTensor) : asTensor(x as number | DeviceNumber),
    )
    const { outputs, reductions } = fallback.run({ ...call, uniforms })
    const parts = reductions.map((x, j) => {
      if (call.pass.reductions[j]?.along) return x as readonly T[]
      const made = amongSums(Array.isArray(x) ? (x as T[]) : [x as T], fused)
      numbers[j] = Array.isArray(x) ? made : made[0]
      return []
    })
    return { outputs, parts }
  }
  const { outputs, parts } = tf.tidy(run as unknown as () => tf.TensorContainer) as unknown as ReturnType<typeof run>
  return { outputs, reductions: parts.map((part, j) => numbers[j] ?? part) }
}
