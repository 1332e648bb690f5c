/** What is made of the array operations of a host, as the public namespace `arrayOps`: functions to call in stages of `arrayStage`. */
export { argsort } from './argsort.ts'
export { eigh } from './eigh.ts'
export { greater } from './greater.ts'
export { type InversePthRootOptions, inversePthRoot } from './inversePthRoot.ts'
export { mean } from './mean.ts'
export { qr } from './qr.ts'
export { sort } from './sort.ts'
export { takeAlongAxis } from './takeAlongAxis.ts'
