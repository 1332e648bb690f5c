import { checkOptions, type Kind, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, max, mul, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { normTree, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { copyOfParams, number, perTree } from '../../lib/rule/slot.ts'

/** What the first step of DoG is made of: a distance, a learning rate, or a factor of the size of the parameters. */
export type DogInitStep = readonly [of: 'distance' | 'learning_rate' | 'heuristic', value: number]

/** Options of `scaleByDog`. */
export interface ScaleByDogOptions {
  readonly initStep: DogInitStep
  readonly eps?: number
}

const tags = ['distance', 'learning_rate', 'heuristic']

/** What `scaleByDog` and `dog` take for a first step. */
export const initStepKind: Kind = {
  expected: `['distance', 'learning_rate' or 'heuristic', a number from 0 up]`,
  test: (x) => Array.isArray(x) && x.length === 2 && tags.includes(x[0]) && notNegative.test(x[1]),
}

/**
 * Scales updates by how far the parameters have come, over the size of all gradients: DoG.
 *
 *     maxDist'        = max(maxDist, ‖p − initParams‖), norms over the whole tree
 *     sumSqNormGrads' = sumSqNormGrads + ‖g‖²
 *     u               = maxDist' / √(sumSqNormGrads' + eps)·g
 *
 * `initStep` says where it begins: ['distance', r] with maxDist = r; ['heuristic', a] with a·(1 + ‖initParams‖); ['learning_rate', r] with
 * maxDist = 0 and r in the place of the factor at the first step.
 *
 * Shapes: u and initParams, the parameters at the start, are shaped like g; maxDist and sumSqNormGrads are one number a tree, with the engine;
 * isInitStep is 1 before the first update, then 0. Needs the parameters. One pass more. The direction is uphill: scale it by −1.
 * Defaults: initStep must be given; eps = 1e-8.
 * Range: sumSqNormGrads is float32, so ∞, and u 0, from Σ‖g‖² = 3.4e38 on.
 * Errors: `bad-hyperparameter` for another initStep and unless eps ≥ 0; `missing-params`.
 * Source: Ivgi et al. 2023, arXiv 2302.12022; optax, `contrib.scale_by_dog`, whose maxDist starts at a·(1 + ‖initParams‖) in the heuristic and
 * not, as here, at 0: from the first step on they are the same.
 */
export const scaleByDog = (options: ScaleByDogOptions, ...excess: Excess) => {
  checkOptions('scaleByDog', options, { initStep: initStepKind, eps: notNegative }, excess, ['initStep'])
  const { initStep, eps = 1e-8 } = options
  const [tag, value] = initStep
  const isHeuristic = tag === 'heuristic'
  return rule({
    name: 'scaleByDog',
    slots: {
      isInitStep: number(1),
      initParams: copyOfParams,
      maxDist: perTree(tag === 'distance' ? value : 0),
      sumSqNormGrads: perTree(),
    },
    update: ({ g, p }, { isInitStep, initParams, maxDist: most, sumSqNormGrads: sum }) => {
      const least: Expr<'step'> = isHeuristic ? max(most, mul(value, add(1, normTree(initParams)))) : most
      const maxDist = max(least, normTree(sub(p, initParams)))
      const sumSqNormGrads = add(sum, sumTree(square(g)))
      const factor = div(maxDist, sqrt(add(sumSqNormGrads, eps)))
      const rate = tag === 'learning_rate' ? select(isInitStep, value, factor) : factor
      return { u: mul(rate, g), next: { isInitStep: mul(0, isInitStep), initParams, maxDist, sumSqNormGrads } }
    },
  })
}
