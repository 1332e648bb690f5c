/** The diagonals of second derivatives: exact, by probes, by squares of gradients. */
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import '../../../../lib/gradients.ts'
import * as f from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'

type P = { w: tf.Tensor; b: tf.Tensor }
const params = (): P => ({ w: tf.tensor1d([0.5, -1.5]), b: tf.scalar(2) })
/** Σw³·b + b⁴: ∂w = 3w²b, ∂b = Σw³ + 4b³; ∂²w = 6wb, ∂²b = 12b², ∂w∂b = 3w². */
const loss = ({ w, b }: P) => tf.add(tf.mul(tf.sum(tf.mul(w, tf.square(w))), b), tf.square(tf.square(b))) as tf.Scalar
const numbers = ({ w, b }: P): number[] => [...w.dataSync(), ...b.dataSync()]
const near = async (found: P, wanted: readonly number[]): Promise<void> => {
  const all = [...(await found.w.data()), ...(await found.b.data())]
  for (const [i, x] of wanted.entries())
    expect(Math.abs((all[i] as number) - x)).toBeLessThanOrEqual(1e-5 * Math.abs(x))
}

describeEngines(testEngines, () => {
  test('hessianDiag is the diagonal, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors
    const p = params()
    const found = f.hessianDiag(loss)(p)
    await near(found, [6, -18, 48])
    f.dispose([p, found])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('fisherDiag is the square of the gradient, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors
    const p = params()
    const found = f.fisherDiag(loss)(p)
    await near(found, [1.5 ** 2, 13.5 ** 2, (0.125 - 3.375 + 32) ** 2])
    f.dispose([p, found])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('a probe is z·(Hz) with signs of normalTree, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors
    const p = params()
    const key = f.seedKey(5)
    const probe = f.hutchinsonEstimatorDiagHessian(loss, { key })
    for (const step of [0, 1, 7]) {
      const drawn = f.normalTree(key, p, step) as unknown as P
      const [x, y, z] = [...(await drawn.w.data()), ...(await drawn.b.data())].map(Math.sign) as [
        number,
        number,
        number,
      ]
      const found = probe(step, p)
      // H = [[6, 0, .75], [0, −18, 6.75], [.75, 6.75, 48]]
      await near(found, [6 + 0.75 * x * z, -18 + 6.75 * y * z, 48 + 0.75 * x * z + 6.75 * y * z])
      f.dispose([drawn, found])
    }
    f.dispose(p)
    expect(tf.memory().numTensors).toBe(before)
  })
})

describeEngines(testEngines.slice(0, 1), () => {
  test('the mean of many probes is the diagonal', () => {
    const p = params()
    const probe = f.hutchinsonEstimatorDiagHessian(loss, { key: f.seedKey(1) })
    const count = 400
    const sums = [0, 0, 0]
    for (let step = 0; step < count; step++) {
      const found = probe(step, p)
      for (const [i, x] of numbers(found).entries()) sums[i]! += x / count
      f.dispose(found)
    }
    // A probe is off by at most .75 + 6.75: four standard deviations of the mean.
    for (const [i, x] of [6, -18, 48].entries())
      expect(Math.abs(sums[i]! - x)).toBeLessThanOrEqual((4 * 6.9) / Math.sqrt(count))
  })

  test('Sophia descends by its probes', () => {
    const tx = f.sophia(0.05, { updateInterval: 2 })
    const probe = f.hutchinsonEstimatorDiagHessian(bowl, { key: f.seedKey(2) })
    let [w, state] = [{ w: tf.tensor1d([1, -2, 3]) }, undefined as unknown]
    state = tx.init(w)
    const start = bowl(w).dataSync()[0] as number
    for (let i = 0; i < 40; i++) {
      const { grads } = f.valueAndGrad(bowl)(w)
      const made = f.step(tx, grads, state as never, w, { extra: { hessianDiagonal: probe(i, w) } })
      ;[w, state] = [made.params, made.state]
    }
    expect(bowl(w).dataSync()[0]).toBeLessThan(start / 10)
  })

  test('what is no loss, no key and no tree is refused', () => {
    expect(() => f.hessianDiag(1 as never)).toThrow('a function of the parameters')
    expect(() => f.fisherDiag((async () => tf.scalar(1)) as never)).toThrow('async')
    expect(() => f.hutchinsonEstimatorDiagHessian(loss, {} as never)).toThrow('hutchinsonEstimatorDiagHessian: key')
    expect(() => f.hutchinsonEstimatorDiagHessian(loss, { key: f.seedKey(1) })(0, 3 as never)).toThrow(f.ForegradError)
    expect(() => f.hessianDiag(loss)({ w: 1 } as never)).toThrow('hessianDiag: params.w')
  })
})

const bowl = ({ w }: { w: tf.Tensor }) => tf.sum(tf.mul(tf.tensor1d([1, 4, 0.5]), tf.square(w))) as tf.Scalar
