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

/** Functions of arrays of docs/catalogue.md. */
export const arrays: Section = {
  title: 'Functions of array operations',
  intro: 'In the namespace `arrayOps`, for stages of `arrayStage`, whose operations are the first argument.',
  entries: [
    ['`mean`', ['arrays/mean.ts'], 'means over axes', 'NumPy'],
    ['`greater`', ['arrays/greater.ts'], 'x > y', 'NumPy'],
    [
      '`sort`, `argsort`',
      ['arrays/sort.ts', 'arrays/argsort.ts'],
      'an axis from the smallest up, equal ones by place',
      'NumPy',
    ],
    ['`numberOf`', ['arrays/numberOf.ts'], 'f(x, y, …), numbers of a state', 'foregrad'],
    ['`choose`', ['arrays/choose.ts'], 'test ≠ 0 ? yes() : no()', 'foregrad'],
    ['`takeAlongAxis`', ['arrays/takeAlongAxis.ts'], 'x[places], along an axis', 'NumPy'],
    [
      '`qr`',
      ['arrays/qr.ts', 'numerics/householderQr.ts'],
      'x = Q·R by reflections, on the host’s numbers',
      'Golub & Van Loan 2013, 5.2.2',
    ],
    [
      '`eigh`',
      ['arrays/eigh.ts', 'numerics/symmetricEigen.ts'],
      'x = V·diag(values)·Vᵀ of a symmetric x, on the host’s numbers',
      'Golub & Van Loan 2013, 8.3',
    ],
    [
      '`inversePthRoot`',
      ['arrays/inversePthRoot.ts'],
      'x^(−1/p) of a symmetric x by `eigh`, on the host’s numbers',
      'Gupta et al. 2018',
    ],
  ],
}
