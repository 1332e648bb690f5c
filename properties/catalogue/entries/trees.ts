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
    ['`treeGet`, `treeGetAllWithPath`, `treeSet`', ['trees/byKey.ts'], 'what stands in a tree under a key', 'optax'],
    [
      '`safeNorm`, `safeRootMeanSquares`, `scaleGradient`, `treeAllclose`',
      ['trees/safeNorms.ts'],
      'max(‖x‖, minNorm) with the gradient 0 below …',
      'optax',
    ],
  ],
}
