/**
 * Registers the gradients of TensorFlow.js, which `@tensorflow/tfjs-core` alone does not bring, and the gradient kernels that
 * its wasm backend lacks. Imported for its effect, before or after the backend:
 *
 *     import 'foregrad/gradients'
 */
import { registerGradients } from './hosts/tfjs/gradients/register.ts'

registerGradients()
