import type { Callback } from './trainEpochs.ts'

/** A learning rate that the program holds and gives with each step, as a signal. */
export interface Rate {
  value: number
}

export interface ReduceOnPlateauOptions {
  /** The number that is to fall. Default: 'loss'. */
  readonly monitor?: string
  /** What the rate is multiplied by. Default: 0.1. */
  readonly factor?: number
  /** Epochs without a new lowest before the rate is reduced. Default: 3. */
  readonly patience?: number
  /** By how much a new lowest has to be lower. Default: 1e-4. */
  readonly minDelta?: number
  /** The rate is not reduced below. Default: 0. */
  readonly minRate?: number
}

/** Multiplies a rate by `factor` where a number has not fallen for `patience` epochs. */
export const reduceOnPlateau = (
  rate: Rate,
  { monitor = 'loss', factor = 0.1, patience = 3, minDelta = 1e-4, minRate = 0 }: ReduceOnPlateauOptions = {},
): Callback<unknown> => {
  let [lowest, waited] = [Number.POSITIVE_INFINITY, 0]
  return {
    onEpoch: ({ logs }) => {
      const value = logs[monitor]
      if (value === undefined) throw new Error(`reduceOnPlateau: expected '${monitor}' in ${Object.keys(logs)}.`)
      waited = value < lowest - minDelta ? 0 : waited + 1
      lowest = Math.min(lowest, value)
      if (waited < patience) return undefined
      rate.value = Math.max(minRate, rate.value * factor)
      waited = 0
      return undefined
    },
  }
}
