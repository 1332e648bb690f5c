import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { binaryOps, unaryNode, unaryOps } from '../../../../lib/expr/expr.ts'
import { binaryMeaning, unaryMeaning } from '../../../../lib/expr/meaning.ts'
import { tensorsEngine } from '../../../../lib/hosts/tfjs/tensors.ts'
import { releaseBackend, rule, trace } from '../../../../lib/index.ts'
import { describeEngines, openEngine, testEngine } from '../../../devices/engines.ts'

const sizes = [0, 1, 0.5, 2, 30, 88.5, 104, 1e10, 3e38, 1e-3, 1e-7, 1e-20, 1.2e-38, 1e-40, Number.POSITIVE_INFINITY]
const numbers = [...sizes.flatMap((x) => [x, -x]), Number.NaN].map(Math.fround)

// Its operations are the fallback of every engine, and tfjs's kernels differ from backend to backend.
describeEngines([testEngine('tensors'), testEngine('wasm')], ({ backend }) => {
  const { unary, binary } = tensorsEngine.scalars
  const agree = (made: number, meant: number): boolean => {
    if (Object.is(made, meant) || made === meant || (Number.isNaN(made) && Number.isNaN(meant))) return true
    return backend !== 'cpu' && Math.abs(made - meant) <= 1e-6 * Math.abs(meant) + 1e-45
  }
  const differences = async (made: tf.Tensor, meant: readonly number[], of: (i: number) => string) => {
    const found = await made.data()
    return meant.flatMap((x, i) => {
      const [got, expected] = [found[i] as number, Math.fround(x)]
      return agree(got, expected) ? [] : [`${of(i)}: ${got} for ${expected}`]
    })
  }

  test.each(unaryOps)('%s by tfjs of numbers of all sizes is its float64 meaning', async (op) => {
    // A cosine of what is so large tells nothing.
    const xs = numbers.filter((x) => op !== 'cos' || !(Math.abs(x) > 10))
    const meant = xs.map((x) => unaryMeaning[op](x))
    expect(await differences(unary[op](tf.tensor1d(xs)), meant, (i) => String(xs[i]))).toEqual([])
  })

  test.each(binaryOps)('%s by tfjs of numbers of all sizes is its float64 meaning', async (op) => {
    const pairs = numbers.flatMap((x) => numbers.map((y) => [x, y] as const))
    const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
    const meant = pairs.map(([x, y]) => binaryMeaning[op](x, y))
    expect(await differences(binary[op](tf.tensor1d(xs), tf.tensor1d(ys)), meant, (i) => `${xs[i]}, ${ys[i]}`)).toEqual(
      [],
    )
  })
})

describe('the tensors engine', () => {
  beforeAll(() => openEngine(testEngine('tensors')))
  afterAll(releaseBackend)

  test('gives each result a handle of its own, also where two are the same number', () => {
    const p = tf.tensor1d([1, 2])
    const tx = trace({ decay: 0.9 })
    const [updates, state] = tx.update(p, tx.init(p))
    tf.dispose(updates as tf.Tensor)
    expect((state.trace as tf.Tensor).isDisposed).toBe(false)
    expect([...(state.trace as tf.Tensor).dataSync()]).toEqual([1, 2])
  })

  test.each(unaryOps)('%s of special numbers and of numbers of all sizes is its float64 meaning', (op) => {
    const tx = rule({ name: op, slots: {}, update: ({ g }) => ({ u: unaryNode(op, g), next: {} }) })
    const g = tf.tensor1d(numbers)
    const [u] = tx.update(g, tx.init(g))
    const made = [...(u as tf.Tensor).dataSync()]
    expect(made).toEqual(numbers.map((x) => Math.fround(unaryMeaning[op](x))))
  })
})
