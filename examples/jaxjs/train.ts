import { numpy as np, tree } from '@jax-js/jax'
import { adamw, chain, clipByGlobalNorm } from '../../lib/core.ts'
import { withLookaheadGradient } from '../../lib/jaxjs.ts'
import { seedKey } from '../../lib/random/key.ts'
import { initial } from '../arrays/network.ts'
import type { Epoch } from '../arrays/train.ts'
import { batchRows, type Digits, takeRows } from '../mnist/handwritten.ts'
import { answers, imagesOf, loss, networkOf, oneHot } from './network.ts'

/** Trains the network by AdamW with a forecast, on jax-js's default device, and tells each epoch. */
export const train = async (
  { training, test }: { readonly training: Digits; readonly test: Digits },
  epochs: number,
  tell: (epoch: Epoch) => void,
): Promise<void> => {
  const { init, step } = withLookaheadGradient(loss, chain(clipByGlobalNorm(1), adamw(3e-3, { predictSteps: 1 })))
  let state = init(networkOf(initial(seedKey(1))))
  for (let epoch = 0; epoch < epochs; epoch++) {
    const batches = batchRows(training.count, 64, 1, epoch)
    let sum = 0
    for (const rows of batches) {
      const { images, labels } = takeRows(training, rows)
      const next = step(state, imagesOf(images), oneHot(labels))
      state = next.train
      sum += (await next.value.data())[0]! / batches.length
    }
    const best = await np.argmax(answers(tree.ref(state.params), imagesOf(test.images)), 1).data()
    const wrong = Array.from(test.labels).filter((label, i) => label !== best[i]).length
    tell({ epoch: epoch + 1, loss: sum, error: wrong / test.count })
  }
  tree.dispose([state.params, state.state, state.ahead] as never)
}
