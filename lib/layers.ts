/** Transformations as optimizers of TensorFlow.js's own: for `model.compile` and `minimize`. */
import './hosts/tfjs/attach.ts'

export { type OptimizerOf, toOptimizer } from './hosts/tfjs/layers/toOptimizer.ts'
