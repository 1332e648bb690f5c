import { checkOptions, finite, type Kind, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul, pow, sqrt } from '../../lib/expr/expr.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { drawnNormal } from '../../lib/random/drawn.ts'
import { type Key, keyKind, seedKey } from '../../lib/random/key.ts'
import { counter } from '../../lib/rule/slot.ts'

/** Options of `addNoise`. */
export interface AddNoiseOptions {
  readonly eta: number
  readonly gamma: number
  readonly key?: Key | number
}

/** The state of `addNoise`. */
export interface AddNoiseState {
  readonly count: number
}

const isSeed = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 0

/** A key, or the seed of one. */
export const keyOrSeed: Kind = {
  expected: `${keyKind.expected}, or a seed, an integer from 0 up`,
  test: (x) => isSeed(x) || keyKind.test(x),
}

/** What `addNoise` accepts as options. */
export const noiseKinds = { eta: notNegative, gamma: finite, key: keyOrSeed }

/**
 * Adds normal noise to the updates, less from step to step.
 *
 *     t = count + 1
 *     u = g + √(eta / t^gamma)·addedNoise,  addedNoise: normal numbers of mean 0 and deviation 1
 *
 * The noise of a step is a pure function of the key, the count and the leaf, `normals(key, size, { step: count, leaf })`: the same numbers on
 * every engine and host, and again where a state is restored. Its tree is drawn by the processor in float64, rounded to float32, and read by the pass;
 * who gives a tree of his own as `extra: { addedNoise }` is not drawn for; the `noise` that a driver gives (IVON's draws) is another. Under a gate
 * that the host answers nothing is drawn for steps that need none.
 *
 * Shapes: u and the noise are shaped like g; count is one host number. Two stages of one key add the same noise: give each its own.
 * Defaults: key = 0, the seed of a key; eta and gamma must be given.
 * Errors: `bad-hyperparameter` unless eta ≥ 0, gamma is finite, and key is a key or an integer from 0 to 2^53 − 1; `bad-rule` behind a test that only the
 * engine can answer (`applyIfFinite`), where the host does not know the count; `missing-signal` in a compiled graph of jax-js, where the noise
 * must be given.
 * Source: Neelakantan et al. 2015, section 3, arXiv 1511.06807; optax, `add_noise`, whose draws are JAX's.
 */
export const addNoise = (options: AddNoiseOptions, ...excess: Excess): GradientTransformation<AddNoiseState> => {
  checkOptions('addNoise', options, noiseKinds, excess, ['eta', 'gamma'])
  const { eta, gamma, key = 0 } = options
  return rule({
    name: 'addNoise',
    slots: { count: counter },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const noise = drawnNormal('addedNoise', typeof key === 'number' ? seedKey(key) : key, state.count)
      return { u: add(g, mul(sqrt(div(eta, pow(count, gamma))), noise)), next: { count } }
    },
  })
}
