/** Combinators of docs/catalogue.md. */
import type { Section } from './section.ts'

export const combinators: Section = {
  title: 'Combinators',
  costs: true,
  entries: [
    [
      '`chain`, `identity`, `Monoid`',
      ['combinators/chain.ts', 'combinators/identity.ts', 'combinators/monoid.ts'],
      'one after another',
      'optax',
    ],
    ['`masked`, `partition`', ['combinators/masked.ts', 'combinators/partition.ts'], 'by leaf', 'optax'],
    [
      '`multiSteps`, `skipNotFinite`, `skipLargeUpdates`',
      ['combinators/multiSteps.ts', 'combinators/skipNotFinite.ts', 'combinators/skipLargeUpdates.ts'],
      "one step of k gradients' mean or sum; which of them are left out",
      'optax',
    ],
    [
      '`cautious`',
      ['combinators/cautious.ts'],
      'inner(g) where it goes with g, by as much larger, else 0',
      'Liang et al. 2024',
    ],
    [
      '`lookahead`, `lookaheadParams`',
      ['combinators/lookahead.ts'],
      'every k steps: slow + a·(w − slow), and on from there',
      'Zhang et al. 2019',
    ],
    ['`sam`', ['combinators/sam.ts'], 'k − 1 steps up, then down from where they began', 'Foret et al. 2021'],
    [
      '`scheduleFree`, `scheduleFreeEvalParams`',
      ['combinators/scheduleFree.ts', 'trees/scheduleFreeEvalParams.ts'],
      'z + inner(g); w = b1·mean(z) + (1 − b1)·z',
      'Defazio et al. 2024',
    ],
    [
      '`mechanize`',
      ['combinators/mechanize.ts'],
      'x₀ − s·Σ(−inner(g)), s found by ⟨g, x₀ − w⟩',
      'Cutkosky et al. 2023',
    ],
    [
      '`injectHyperparams`, `hyperparams`',
      ['combinators/injectHyperparams.ts', 'combinators/defaultsOf.ts', 'combinators/hyperparams.ts'],
      'the numbers of a factory in the state, to read and to write; those of the next step by name',
      'optax',
    ],
    ['`applyIfFinite`', ['combinators/applyIfFinite.ts'], 'inner(g) where g is finite, else 0', 'optax'],
    [
      '`conditionallyMask`, `conditionallyTransform`',
      ['combinators/conditionallyMask.ts', 'combinators/conditionallyTransform.ts'],
      'inner(g) where a test of the step holds, else 0, or g',
      'optax',
    ],
    ['`multiTransform`', ['combinators/multiTransform.ts'], 'partition by its older name', 'optax'],
    ['`applyEvery`', ['rules/applyEvery.ts'], 'the sum of k updates every k steps, else 0', 'optax'],
    ['`namedChain`', ['combinators/namedChain.ts'], 'one after another, the state by name', 'optax'],
    ['`flatten`', ['combinators/flatten.ts'], "inner's norms and means over all leaves", 'optax'],
    [
      '`freeze`, `selectiveTransform`',
      ['combinators/freeze.ts', 'combinators/selectiveTransform.ts'],
      '0 where the mask is true; the leaves where it is false are trained',
      'optax',
    ],
  ],
}
