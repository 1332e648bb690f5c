import * as tf from '@tensorflow/tfjs-core'
import { adam, step, withGradient, withLookaheadGradient, valueAndGrad, type GradientTransformation, type StateOf, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap } from '../lib/index.ts'
const loss0 = (x: tf.Tensor) => tf.sum(x) as tf.Scalar
type Net = { w: tf.Tensor2D }
let net: Net = { w: tf.zeros([1, 1]) }
const tx = adam(0.1); const r = step(tx, net, tx.init(net), net)
net = r.params
void [tf, adam, step, withGradient, withLookaheadGradient, valueAndGrad, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap, loss0]
