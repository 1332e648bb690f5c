/** Attaches tfjs: from here on `init` and `update` of every transformation run on tensors. */
import type * as tf from '@tensorflow/tfjs-core'
import type { Tree } from '../../data/tree.ts'
import { attach } from '../../form/attached.ts'
import type { RunGiven } from '../../form/given.ts'
import { initForm, runForm } from '../../run/runForm.ts'
import { addStore } from '../../store/stores.ts'
import type { ArrayOps } from '../arrayOps.ts'
import type { Shaped } from '../engine.ts'
import { tfjsHost } from './host.ts'
import { tensorOps } from './ops.ts'
import { tensorStorage } from './storage.ts'

// Whatever the leaves are by their types, the host's checks come first and tell what is no tensor.
attach({
  init: (form, params) => initForm(form, params as Tree<tf.Tensor>, tfjsHost),
  update: (form, given) => runForm(form, 'update', given as RunGiven<tf.Tensor>, tfjsHost),
  check: tfjsHost.check,
  engine: tfjsHost.engine,
  ops: tensorOps as unknown as ArrayOps<Shaped>,
})

addStore(tensorStorage)

declare module '../../form/leaf.ts' {
  interface AttachedLeaves {
    readonly tfjs: tf.Tensor
  }
}
