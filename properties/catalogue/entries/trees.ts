/** Trees of docs/catalogue.md. */
import type { Section } from './section.ts'

export const trees: Section = {
  title: 'Trees',
  intro: 'On tensors, from `foregrad/tree` too.',
  entries: [
    [
      '`treeAdd`, `treeNorm`, `globalNorm`, `incrementalUpdate` …',
      ['trees/treeFunctions.ts'],
      'one a function',
      'optax',
    ],
    [
      '`projectionBox`, `projectionSimplex`, `projectionL2Ball` …',
      ['trees/projections.ts'],
      'the nearest point of a set',
      'optax',
    ],
    [
      '`perExampleGlobalNormClip`, `perExampleLayerNormClip`',
      ['trees/perExampleClips.ts'],
      'Σᵢ gᵢ·min(1, c / ‖gᵢ‖), how many were clipped',
      'Abadi et al. 2016, McMahan et al. 2018',
    ],
    [
      '`treeRandomLike`, `treeSplitKeyLike`, `treeBatchShape`',
      ['trees/randomTrees.ts'],
      'random numbers, keys, a batch in the shape of a tree',
      'optax',
    ],
    ['`treeCast`, `treeCastLike`, `treeDtype`', ['trees/dtypes.ts'], 'dtypes of tensors', 'optax'],
    ['`treeMapParams`', ['trees/treeMapParams.ts'], 'f of what a state holds for the parameters', 'optax'],
    [
      '`makePerturbedFun`',
      ['trees/makePerturbedFun.ts'],
      'mean f(x + σz), with the gradient of its score',
      'Berthet et al. 2020',
    ],
    ['`treeGet`, `treeGetAllWithPath`, `treeSet`', ['trees/byKey.ts'], 'what stands in a tree under a key', 'optax'],
    [
      '`safeNorm`, `safeRootMeanSquares`, `scaleGradient`, `treeAllclose`',
      ['trees/safeNorms.ts'],
      'max(‖x‖, minNorm) with the gradient 0 below …',
      'optax',
    ],
  ],
}
