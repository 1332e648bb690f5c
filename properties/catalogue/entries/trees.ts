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
  ],
}
