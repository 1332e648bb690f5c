import { type ArrayLeaf, createArrays, type ValueAndGrad } from '../../lib/arrays.ts'
import { adamw, chain, clipByGlobalNorm } from '../../lib/core.ts'
import { seedKey } from '../../lib/random/key.ts'
import { batchRows, type Digits, takeRows } from '../mnist/handwritten.ts'
import { errorRate, initial, type Network, type Rows, valueAndGrad } from './network.ts'

/** What one epoch came to: the mean loss of its batches, and the share of the test's digits that are taken for another. */
export interface Epoch {
  readonly epoch: number
  readonly loss: number
  readonly error: number
}

/** Trains the network by AdamW with a forecast, on plain arrays, and tells each epoch. Default: the gradient that is written by hand. */
export const train = (
  { training, test }: { readonly training: Digits; readonly test: Digits },
  epochs: number,
  tell: (epoch: Epoch) => void,
  gradient: ValueAndGrad<Network<ArrayLeaf>, [batch: Rows]> = valueAndGrad,
): void => {
  const arrays = createArrays()
  const tx = chain(clipByGlobalNorm(1), adamw(3e-3, { predictSteps: 1 }))
  const { init, step } = arrays.withLookaheadGradient(gradient, tx, { donate: true })
  let state = init(arrays.from(initial(seedKey(1))))
  for (let epoch = 0; epoch < epochs; epoch++) {
    const batches = batchRows(training.count, 64, 1, epoch)
    let loss = 0
    for (const rows of batches) {
      const trained = step(state, takeRows(training, rows))
      state = trained.train
      loss += trained.value / batches.length
    }
    tell({ epoch: epoch + 1, loss, error: errorRate(state.params, test) })
  }
}
