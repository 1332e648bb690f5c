/** Tries a table of bad inputs: each is refused by its places, and nothing is harmed, consumed or left. */
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { isBranch } from '../../lib/data/branch.ts'
import * as f from '../../lib/index.ts'
import type { Row, Told } from './row.ts'

/** The tensors in what a call is given, each once, whatever else stands there. */
const tensorsIn = (x: unknown, seen = new Set<unknown>()): tf.Tensor[] => {
  if (seen.has(x)) return []
  seen.add(x)
  if (x instanceof tf.Tensor) return [x]
  return isBranch(x) ? Object.values(x).flatMap((child) => tensorsIn(child, seen)) : []
}

const numbersOf = (tensors: readonly tf.Tensor[]): Promise<unknown[]> =>
  Promise.all(tensors.map(async (tensor) => [tensor.dtype, tensor.shape, Array.from(await tensor.data())]))

/** What a call is refused with. */
const refusal = async (call: () => unknown): Promise<unknown> => {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was raised')
}

const checkTold = (error: unknown, { code, paths, says }: Told): void => {
  expect(error).toBeInstanceOf(f.ForegradError)
  const { code: found, faults, message } = error as f.ForegradError
  const places = faults.map(({ path }) => path)
  for (const path of paths) expect(places, message).toContain(path)
  expect(found, message).toBe(code)
  if (says !== undefined) expect(message).toContain(says)
  for (const { path, expected, got } of faults) {
    expect([path, expected, got].every((text) => typeof text === 'string' && text !== '')).toBe(true)
    expect(message).toContain(`${path}: expected ${expected}, got ${got}.`)
  }
}

const tryRow = async ({ make, ...told }: Row, donate: boolean): Promise<void> => {
  const { given, call } = make(donate)
  const tensors = tensorsIn(given)
  const before = await numbersOf(tensors)
  const count = tf.memory().numTensors
  checkTold(await refusal(call), told)
  expect(tf.memory().numTensors).toBe(count)
  expect(tensors.filter(({ isDisposed }) => isDisposed)).toEqual([])
  expect(await numbersOf(tensors)).toEqual(before)
  tf.dispose(tensors)
}

/** The tries of a table: each row, and where it takes `donate`, both ways. */
const triesOf = (rows: readonly Row[]): (readonly [name: string, row: Row, donate: boolean])[] =>
  rows.flatMap((row): (readonly [string, Row, boolean])[] =>
    row.donates
      ? [false, true].map((donate) => [`${row.name}, donate: ${donate}`, row, donate])
      : [[row.name, row, false]],
  )

/** Tests of a table. */
export const testRefused = (rows: readonly Row[]): void => {
  test.each(triesOf(rows))('%s', (_, row, donate) => tryRow(row, donate))
}
