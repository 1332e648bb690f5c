/**
 * Optimizers on jax-js (`@jax-js/jax`), on its arrays and with its ownership: what is given is consumed.
 *
 * Take transformations from `foregrad/core`.
 */
export type { JaxArray } from './hosts/jaxjs/array.ts'
export { type JaxjsStepped, type JaxjsTransformation, type JaxTree, toJaxjs } from './hosts/jaxjs/toJaxjs.ts'
export type { JaxjsLoss, JaxjsTrain, JaxjsTrained, JaxjsTrainer, JaxjsTrainOptions } from './hosts/jaxjs/train.ts'
export { withGradient } from './hosts/jaxjs/withGradient.ts'
export { type JaxjsLookahead, withLookaheadGradient } from './hosts/jaxjs/withLookaheadGradient.ts'
