import * as tf from '@tensorflow/tfjs-core'
import { dispose, treeMap } from '../../lib/index.ts'
import type { Callback } from './trainEpochs.ts'

export interface EarlyStoppingOptions {
  /** The number that is to fall. Default: 'loss'. */
  readonly monitor?: string
  /** Epochs without a new lowest before it stops. Default: 5. */
  readonly patience?: number
  /** By how much a new lowest has to be lower. Default: 0. */
  readonly minDelta?: number
}

export interface EarlyStopping<P> extends Callback<{ readonly params: P }> {
  /** The parameters of the best epoch, a copy: whoever takes them disposes of them. */
  readonly best: () => { readonly epoch: number; readonly value: number; readonly params: P }
}

/** Stops where a number has not fallen for `patience` epochs, and keeps the parameters of the best. */
export const earlyStopping = <P>({
  monitor = 'loss',
  patience = 5,
  minDelta = 0,
}: EarlyStoppingOptions = {}): EarlyStopping<P> => {
  let best: { readonly epoch: number; readonly value: number; readonly params: P } | undefined
  return {
    onEpoch: ({ epoch, logs, train }) => {
      const value = logs[monitor]
      if (value === undefined) throw new Error(`earlyStopping: expected '${monitor}' in ${Object.keys(logs)}.`)
      if (best && !(value < best.value - minDelta)) return epoch - best.epoch >= patience ? 'stop' : undefined
      if (best) dispose(best.params as never)
      // A donated step writes into the tensors of the train state: these are to stay as they are.
      best = { epoch, value, params: treeMap(train.params as never, (x: tf.Tensor) => tf.clone(x)) as P }
      return undefined
    },
    best: () => {
      if (!best) throw new Error('earlyStopping: no epoch has ended.')
      return best
    },
  }
}
