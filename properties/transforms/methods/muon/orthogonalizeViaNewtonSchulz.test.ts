import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { NdArray } from '../../../../lib/data/ndArray.ts'
import { float64Host } from '../../../../lib/hosts/float64/host.ts'
import {
  ForegradError,
  type OrthogonalizeViaNewtonSchulzOptions,
  orthogonalizeViaNewtonSchulz,
} from '../../../../lib/index.ts'
import { orthogonalizeViaNewtonSchulz as on } from '../../../../transforms/methods/muon/orthogonalizeViaNewtonSchulz.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'

interface Call {
  readonly id: string
  readonly options: OrthogonalizeViaNewtonSchulzOptions
  readonly x: readonly (readonly number[])[]
  readonly value: readonly (readonly number[])[]
}

const url = new URL('../../../golden/methods/newtonSchulz.json', import.meta.url)
const { calls } = JSON.parse(readFileSync(url, 'utf8')) as { readonly calls: readonly Call[] }
const rows = calls.map((call) => [call.id, call] as const)
const far = (found: ArrayLike<number>, { value }: Call): number =>
  Math.max(...value.flat().map((y, i) => Math.abs((found[i] as number) - y)))

test.each(rows)('%s is met in float64', (_, call) => {
  const x = new NdArray(Float64Array.from(call.x.flat()), [call.x.length, call.x[0]!.length])
  // The power iteration of 'spectral' starts elsewhere, and ends when it is 1e-10 near.
  const tolerance = call.options.preconditioning === 'spectral' ? 1e-8 : 1e-11
  expect(far(on(float64Host)(x, call.options).data, call)).toBeLessThanOrEqual(tolerance)
})

describeEngines(testEngines, () => {
  test.each(rows)('%s, in float32, and leaves nothing behind', async (_, call) => {
    const before = tf.memory().numTensors
    const x = tf.tensor2d(call.x as number[][])
    const made = orthogonalizeViaNewtonSchulz(x, call.options)
    expect(far(await made.data(), call)).toBeLessThanOrEqual(2e-5)
    tf.dispose([x, made])
    expect(tf.memory().numTensors).toBe(before)
  })
})

describeEngines(testEngines.slice(0, 1), () => {
  test('refuses a vector, no tensor, an unknown kind, more rows than steps', () => {
    const x = tf.ones([2, 3])
    expect(() => orthogonalizeViaNewtonSchulz(tf.ones([2]))).toThrow(
      'orthogonalizeViaNewtonSchulz: x: expected a matrix',
    )
    expect(() => orthogonalizeViaNewtonSchulz([[1]] as never)).toThrow(ForegradError)
    expect(() => orthogonalizeViaNewtonSchulz(x, { preconditioning: 'none' as never })).toThrow('preconditioning')
    expect(() =>
      orthogonalizeViaNewtonSchulz(x, {
        nsSteps: 1,
        nsCoeffs: [
          [1, 1, 1],
          [1, 1, 1],
        ],
      }),
    ).toThrow('nsCoeffs')
  })
})
