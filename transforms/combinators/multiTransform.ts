import { partition } from './partition.ts'

/** `partition`, by optax's older name. Source: optax, `multi_transform`. */
export const multiTransform = partition
