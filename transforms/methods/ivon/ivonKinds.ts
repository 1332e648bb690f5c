import { decay, flag, type Kind, notNegative, positive, positiveInteger } from '../../../lib/check/options.ts'

/** How IVON estimates the diagonal of the Hessian: from noise times gradient, or from squared gradients. */
export type HessApprox = 'price' | 'gradsq'

const upTo1: Kind = { expected: 'a number from 0 to 1', test: (x) => typeof x === 'number' && x >= 0 && x <= 1 }
const approximation: Kind = { expected: "'price' or 'gradsq'", test: (x) => x === 'price' || x === 'gradsq' }

/** What `scaleByIvon` accepts as options. */
export const ivonKinds = {
  ess: positive,
  hessInit: notNegative,
  b1: decay,
  b2: upTo1,
  weightDecay: notNegative,
  mcSamples: positiveInteger,
  hessApprox: approximation,
  debias: flag,
}
