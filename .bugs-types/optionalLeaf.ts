import * as tf from '@tensorflow/tfjs-core'
import { adam, step, withGradient, withLookaheadGradient, valueAndGrad, type GradientTransformation, type StateOf, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap } from '../lib/index.ts'
const loss0 = (x: tf.Tensor) => tf.sum(x) as tf.Scalar
type Net = { w: tf.Tensor2D; b?: tf.Tensor1D }
const tr = withGradient((p: Net) => loss0(p.w), adam(0.1)); void tr
void [tf, adam, step, withGradient, withLookaheadGradient, valueAndGrad, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap, loss0]
