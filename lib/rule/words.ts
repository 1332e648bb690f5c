/** The builders and words of expressions, as the public namespace `expr`: with the reductions over axes, which bring how plans are parted. */
export * from '../expr/index.ts'
export type { Axes } from './axes.ts'
export { axes, maxAxes, meanAxes, normAxes, sizeAxes, sumAxes } from './axes.ts'
