import * as tf from '@tensorflow/tfjs-core'
import { adam, step, withGradient, withLookaheadGradient, valueAndGrad, type GradientTransformation, type StateOf, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap } from '../lib/index.ts'
const loss0 = (x: tf.Tensor) => tf.sum(x) as tf.Scalar
type Layer = { readonly w: tf.Tensor; readonly b: tf.Tensor }
const ps: { layers: readonly Layer[] } = { layers: [] }
const tr = withGradient((p: typeof ps) => loss0(p.layers[0]!.w), adam(0.1)); tr.init(ps)
void [tf, adam, step, withGradient, withLookaheadGradient, valueAndGrad, applyUpdates, dispose, toData, fromData, chain, clipByGlobalNorm, treeMap, loss0]
