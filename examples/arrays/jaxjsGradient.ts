import { jit, tree, valueAndGrad } from '@jax-js/jax'
import type { ArrayLeaf, ValueAndGrad } from '../../lib/arrays.ts'
import type { JaxArray } from '../../lib/jaxjs.ts'
import { imagesOf, loss, networkOf, oneHot } from '../jaxjs/network.ts'
import { type Network, type Rows, weightsOf } from './network.ts'

type Gradient = (params: Network<JaxArray>, ...batch: JaxArray[]) => readonly [JaxArray, Network<JaxArray>]

/**
 * The mean cross entropy of a batch and its gradient, by jax-js on its default device: the weights are copied there, the numbers are copied back.
 * Its cpu and wasm devices answer at once, as a loop on arrays wants it.
 */
export const jaxjsGradient = (): ValueAndGrad<Network<ArrayLeaf>, [batch: Rows]> => {
  const gradient = jit(valueAndGrad(loss as never) as never) as unknown as Gradient
  return (params, { images, labels }) => {
    const [value, grads] = gradient(networkOf(weightsOf(params)), imagesOf(images), oneHot(labels))
    return { value: value.item(), grads: tree.map((leaf: JaxArray) => leaf.dataSync(), grads as never) }
  }
}
