/** The WebGPU engine: a pass as one WGSL kernel a leaf, or for a few small leaves, on tfjs's own device and in its queue. */
import * as tf from '@tensorflow/tfjs-core'
import { input } from '../../../expr/expr.ts'
import type { Pass } from '../../../rule/pass.ts'
import { whySpread } from '../../../rule/whySpread.ts'
import type { Engine } from '../../engine.ts'
import { runBunched } from './bunchedRun.ts'
import { webgpuCounters } from './counters.ts'
import { Device } from './device.ts'
import { type Fallback, runOnTensors } from './fallback.ts'
import { gathered } from './gather.ts'
import { Recipes } from './recipe.ts'
import { Run } from './run.ts'
import { type DeviceNumber, deviceScalars, isKnown, load } from './scalars.ts'
import type { Limits } from './shape.ts'
import { Tfjs, whyNotTfjs } from './tfjs.ts'

export type WebgpuEngine = Engine<tf.Tensor, DeviceNumber>

const number = input('uniform', 'k0', 'step')

/** A pass that writes one number. */
const writing: Pass = {
  key: 'write',
  reads: [],
  uniforms: [{ expr: number, input: number, perLeaf: false, deferred: true }],
  outputs: [{ target: { to: 'slot', slot: 0, name: 'number' }, expr: number, own: -1 }],
  reductions: [],
}

const oneNumber: readonly (readonly number[])[] = [[]]

/**
 * The engine of a WebGPU backend of tfjs; `fallback` runs what has no kernel. `limits` lowers what the device allows, for tests.
 *
 * A step runs without waiting: nothing is read back, and what depends on a reduction is computed where it is used. Errors:
 * `device-lost` when a pass is run on a device that is gone, `out-of-memory` when the device had no memory since the last.
 */
export const engineOf = (backend: object, fallback: Fallback, limits: Partial<Limits> = {}): WebgpuEngine => {
  const tfjs = new Tfjs(backend)
  const device = new Device(tfjs, limits)
  const shop = { tfjs, device, recipes: new Recipes(device) }
  // Never over what was there: numbers are computed where they are used, and another one may still load it.
  const write: WebgpuEngine['write'] = (value, into) => {
    const shapes = into && into.rank > 0 ? [into.shape] : oneNumber
    const call = { pass: writing, shapes, reads: [], into: [], uniforms: [told(value)] }
    return run(call).outputs[0]?.[0] as tf.Tensor
  }
  const fused: WebgpuEngine['run'] = (call) => runBunched(shop, call) ?? new Run(shop, call).run()
  const run: WebgpuEngine['run'] = (call) => {
    device.check()
    return whySpread(call.pass) ? runOnTensors(call, write, fallback, fused) : fused(gathered(call, fused))
  }
  return {
    name: 'webgpu',
    fast: true,
    // A buffer more to bind takes longer than a root and a quotient.
    recomputes: true,
    // Tiny leaves are bound in fewer ways where their buffers stay. Others gain more by one buffer less: it is bound, and fetched into caches to be written.
    keepsPlaceUpTo: 2 ** 8,
    scalars: deviceScalars,
    run,
    read: (buffer) => load(buffer, 0),
    write,
    whyNotFused: whySpread,
    leavesNothing: true,
    admit: (shapes) => {
      device.admit(shapes)
      // A run begins: nobody needs the sums of the one before.
      device.freeSums()
    },
    fill: (shape, value) => {
      device.admit([shape])
      return tf.fill([...shape], value, 'float32')
    },
    copy: (buffer) => tf.clone(buffer),
    writable: (buffer) => tfjs.isOnlyHolder(buffer),
    allWritable: (lists, once) => lists.every((list) => !list || tfjs.areOnlyHolders(list, once)),
    identity: ({ dataId }) => dataId,
    dispose: (buffer) => buffer.dispose(),
    scope: (f) => tf.tidy(f as () => tf.TensorContainer) as ReturnType<typeof f>,
  }
}

const told = (value: DeviceNumber): number | DeviceNumber => (isKnown(value) ? value.value : value)

const engines = new WeakMap<object, WebgpuEngine | string>()

const known = (fallback: Fallback): WebgpuEngine | string => {
  const backend = tf.backend()
  const found = engines.get(backend)
  if (found !== undefined) return found
  const made = whyNotTfjs(backend) ?? engineOf(backend, fallback)
  engines.set(backend, made)
  return made
}

/** The engine of tfjs's active backend, which is WebGPU; undefined where `whyNoWebgpuEngine` says why. */
export const webgpuEngine = (fallback: Fallback): Engine<tf.Tensor, unknown> | undefined => {
  const engine = known(fallback)
  if (typeof engine !== 'string') return engine as Engine<tf.Tensor, unknown>
  webgpuCounters.fallbacks++
  return undefined
}

/** Why steps cannot be fused on tfjs's active backend, which is WebGPU; undefined where they can. */
export const whyNoWebgpuEngine = (fallback: Fallback): string | undefined => {
  const engine = known(fallback)
  return typeof engine === 'string' ? engine : undefined
}
