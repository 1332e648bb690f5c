import * as tf from '@tensorflow/tfjs-core'
import { keepingListeners } from './listeners.ts'

/**
 * Ends a running backend and keeps its registration, so that it can start again. Its tensors are lost; disposing them
 * stays harmless, where tfjs would reach into the freed backend.
 */
export const endBackend = async (name: string): Promise<void> => {
  const { registry, registryFactory } = tf.engine()
  const [backend, registration] = [registry[name], registryFactory[name]]
  if (!backend || !registration) return
  await keepingListeners(() => tf.removeBackend(name))
  tf.registerBackend(name, registration.factory, registration.priority)
  backend.disposeData = () => true
}
