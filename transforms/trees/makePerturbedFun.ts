import {
  callable,
  checkArgument,
  checkRunOptions,
  flag,
  oneOf,
  positive,
  positiveInteger,
  withArgument,
} from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeMap, treeZip } from '../../lib/data/tree.ts'
import { gumbels } from '../../lib/random/gumbels.ts'
import { type Key, keyKind } from '../../lib/random/key.ts'
import { normals } from '../../lib/random/normals.ts'
import type { LossArrays } from '../losses/arrays.ts'
import { total, treeBy } from './ofLeaves.ts'
import { drawLike } from './randomTrees.ts'

/** Options of `makePerturbedFun`. */
export interface MakePerturbedFunOptions {
  readonly numSamples?: number
  readonly sigma?: number
  readonly noise?: 'gumbel' | 'normal'
  readonly useBaseline?: boolean
}

const kinds = { numSamples: positiveInteger, sigma: positive, noise: oneOf('gumbel', 'normal'), useBaseline: flag }

/** The logarithm of each density, but for a constant. */
const densities = {
  gumbel: <A>({ mul, sub, exp }: LossArrays<A>, z: A): A => sub(mul(-1, z), exp(mul(-1, z))),
  normal: <A>({ mul }: LossArrays<A>, z: A): A => mul(-0.5, mul(z, z)),
}
const samplers = { gumbel: gumbels, normal: normals }

/**
 * A function smoothed by noise, which has a gradient where the function itself has none: a sort, an argmax, the choice of a solver.
 *
 *     f_σ(x)   = mean of f(x + sigma·z) over numSamples draws of z
 *     ∇f_σ(x)  = mean of (f(x + sigma·z) − f(x))·∇(−log μ(z)) / sigma, without f(x) where useBaseline is false
 *
 * `f` takes a tree and returns a tree, by the host's own functions; no gradient passes through it. The smoothed function takes a key first:
 * the same key gives the same numbers. Draw number i has step i of that key.
 *
 * Costs: f runs numSamples times, and once more for the baseline, one after another. The gradient is by the host's own autodiff.
 * Defaults: numSamples = 1000, sigma = 0.1, noise = 'gumbel' (or 'normal'), useBaseline = true.
 * Errors: `bad-argument` unless f is a function, numSamples an integer from 1 up and sigma > 0; `bad-hyperparameter` for what is no key.
 * Source: Berthet et al. 2020, arXiv 2002.08676; Foerster et al. 2018, arXiv 1802.05098; optax, `perturbations.make_perturbed_fun`.
 */
export const makePerturbedFun =
  <A>(arrays: LossArrays<A>) =>
  (f: (x: Tree<A>) => Tree<A>, options: MakePerturbedFunOptions = {}, ...excess: Excess) => {
    noExcess('makePerturbedFun', excess)
    checkRunOptions('makePerturbedFun', withArgument(options, { f }), { ...kinds, f: callable })
    const { numSamples = 1000, sigma = 0.1, noise = 'gumbel', useBaseline = true } = options
    const { add, sub, mul, div, exp, constant } = arrays
    const still = (tree: Tree<A>): Tree<A> => treeMap<A, A>(tree, (leaf) => constant(leaf))

    return (key: Key, x: Tree<A>, ...excess: Excess): Tree<A> => {
      noExcess('makePerturbedFun: the smoothed function', excess)
      checkArgument('makePerturbedFun: key', key, keyKind)
      const baseline = useBaseline ? still(f(still(x))) : undefined
      const sample = (step: number): Tree<A> => {
        const moved = treeBy(
          arrays,
          still(x),
          sigma,
          drawLike(arrays, 'makePerturbedFun', key, x, samplers[noise], step),
        )
        const found = still(f(moved))
        // 1, with the gradient of the density: of x + sigma·z = moved, z moves against x.
        const z = treeZip<A, A, A>(moved, x, (y, from) => div(sub(y, from), sigma))
        const density = total(
          arrays,
          treeMap<A, A>(z, (y) => densities[noise](arrays, y)),
        )
        const box = exp(sub(density, constant(density)))
        const boxed = treeMap<A, A>(found, (y) => mul(box, y))
        return baseline === undefined ? boxed : treeBy(arrays, boxed, sub(1, box), baseline)
      }
      let sum = sample(0)
      for (let i = 1; i < numSamples; i++) sum = treeZip<A, A, A>(sum, sample(i), (a, b) => add(a, b))
      return treeMap<A, A>(sum, (y) => div(y, numSamples))
    }
  }
