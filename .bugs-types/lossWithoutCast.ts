import * as tf from '@tensorflow/tfjs-core'
import { adam, step, withGradient, withLookaheadGradient, valueAndGrad, type GradientTransformation, type StateOf, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap } from '../lib/index.ts'
const loss0 = (x: tf.Tensor) => tf.sum(x) as tf.Scalar
const tr = withGradient((p: { w: tf.Tensor }) => tf.mean(tf.square(p.w)), adam(0.1)); void tr
void [tf, adam, step, withGradient, withLookaheadGradient, valueAndGrad, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap, loss0]
