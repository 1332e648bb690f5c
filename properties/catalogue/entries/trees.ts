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
    ['`treeGet`, `treeGetAllWithPath`, `treeSet`', ['trees/byKey.ts'], 'what stands in a tree under a key', 'optax'],
    [
      '`safeNorm`, `safeRootMeanSquares`, `scaleGradient`, `treeAllclose`',
      ['trees/safeNorms.ts'],
      'max(‖x‖, minNorm) with the gradient 0 below …',
      'optax',
    ],
  ],
}
