import * as tf from '@tensorflow/tfjs-core'
import { adam, step, withGradient, withLookaheadGradient, valueAndGrad, type GradientTransformation, type StateOf, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap } from '../lib/index.ts'
const loss0 = (x: tf.Tensor) => tf.sum(x) as tf.Scalar
const clip = true as boolean; const tx = chain(...(clip ? [clipByGlobalNorm(1)] : []), adam(0.1)); tx.init({ w: tf.zeros([1]) })
void [tf, adam, step, withGradient, withLookaheadGradient, valueAndGrad, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap, loss0]
