import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import type { Engine } from '../../lib/hosts/engine.ts'
import { tfjsHost } from '../../lib/hosts/tfjs/host.ts'
import { tensorsEngine } from '../../lib/hosts/tfjs/tensors.ts'
import { adamw, dispose, treeLeaves, valueAndGrad } from '../../lib/index.ts'
import { runForm } from '../../lib/run/runForm.ts'
import { mlp } from '../models/mlp.ts'
import { alone, type Budget, race } from './timing.ts'

const batch = 64

/** The optimizer's share of a step of the digits' perceptron, by tfjs ops and by kernels. */
export const trainingShare = async (budget: Budget): Promise<string> => {
  const { init, loss } = mlp()
  const params = init(0)
  const [images, labels] = [tf.randomUniform([batch, 784]), tf.zeros([batch], 'int32')]
  const gradient = valueAndGrad(loss)
  const tx = adamw(1e-3)
  const { value, grads } = gradient(params, images, labels)
  const update = (name: string, engine: () => Engine<tf.Tensor, unknown>) => {
    const own = init(0)
    let train: { params?: unknown; state: unknown } = { params: own, state: tx.init(own) }
    return {
      name,
      step: () => {
        train = runForm(tx.form, 'step', { ...train, grads, donate: true } as never, { ...tfjsHost, engine })
      },
      leave: () => dispose(train),
    }
  }
  const times = await race(
    [
      { name: 'gradient', step: () => dispose(gradient(params, images, labels)) },
      update('ops', () => tensorsEngine as Engine<tf.Tensor, unknown>),
      update('kernels', tfjsHost.engine),
    ].map(alone),
    budget,
  )
  const { gradient: forth, ops, kernels } = times as Record<'gradient' | 'ops' | 'kernels', number>
  const count = treeLeaves(params).reduce((n, { size }) => n + size, 0)
  dispose([value, grads, params, images, labels])
  const share = (time: number): string => `${time.toFixed(2)} ms, ${((100 * time) / (forth + time)).toFixed(0)} %`
  return [
    `The perceptron of the digits example (${count.toLocaleString('en')} parameters), batches of ${batch}, adamw.`,
    `Loss and gradient take ${forth.toFixed(2)} ms; the optimizer then takes ${share(ops)} of the step op by op,`,
    `and ${share(kernels)} of it by kernels.`,
  ].join('\n')
}
