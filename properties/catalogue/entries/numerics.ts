/** Functions of plain numbers of docs/catalogue.md. */
import type { Section } from './section.ts'

export const numerics: Section = {
  title: 'Functions of plain numbers',
  entries: [
    ['`safeIncrement`', ['numerics/safeIncrement.ts'], 'count + 1, at most 2⁵³ − 1', 'optax'],
    ['`powerIteration`', ['numerics/powerIteration.ts'], 'the largest eigenvalue, and its eigenvector', 'optax'],
    [
      '`matrixInversePthRoot`',
      ['numerics/matrixInversePthRoot.ts'],
      'A^(−1/p) by coupled Newton iterations',
      'Higham 2008, (7.18)',
    ],
    ['`nnls`', ['numerics/nnls.ts'], 'argmin ‖A·x − b‖ over x ≥ 0', 'Lawson & Hanson 1974'],
    ['`hungarianAlgorithm`', ['numerics/hungarianAlgorithm.ts'], 'the assignment of the least cost', 'Kuhn 1955'],
  ],
}
