/** jax-js as a host: float32 arrays, on whichever of its devices they are. Nothing given to a run is consumed. */

import { addStore } from '../../store/stores.ts'
import type { Engine } from '../engine.ts'
import type { Host } from '../host.ts'
import { isAlive, type JaxArray, jaxLeaf } from './array.ts'
import { jaxjsEngine, settle } from './engine.ts'
import { jaxjsOps } from './ops.ts'
import { jaxStorage } from './storage.ts'

addStore(jaxStorage)

export const jaxjsHost: Host<JaxArray> = {
  name: 'jaxjs',
  engine: () => jaxjsEngine as Engine<JaxArray, unknown>,
  check: jaxLeaf,
  areAlive: (leaves) => leaves.every((leaf) => !leaf || isAlive(leaf)),
  ops: jaxjsOps,
  settle,
}
