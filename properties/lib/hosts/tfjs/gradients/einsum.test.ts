import * as tf from '@tensorflow/tfjs-core'
import '../../../../../lib/gradients.ts'
import { expect, it } from 'vitest'
import { dispose, valueAndGrad } from '../../../../../lib/index.ts'
import { describeEngines, testEngine, testEngines } from '../../../../devices/engines.ts'

const sizes: Readonly<Record<string, number>> = { b: 2, i: 3, j: 4, k: 5, l: 2 }

interface Operand {
  readonly axes: readonly string[]
  readonly shape: number[]
  readonly data: number[]
}

const operand = (axes: string, phase: number): Operand => {
  const shape = [...axes].map((axis) => sizes[axis] as number)
  const length = shape.reduce((n, d) => n * d, 1)
  return { axes: [...axes], shape, data: Array.from({ length }, (_, n) => Math.sin(phase + n)) }
}

/** One term for each value of all axes: where it lies in the operand. */
const placeIn = ({ axes, shape }: Pick<Operand, 'axes' | 'shape'>, at: Readonly<Record<string, number>>): number =>
  axes.reduce((place, axis, n) => place * (shape[n] as number) + (at[axis] as number), 0)

const allPlaces = (axes: readonly string[]): Readonly<Record<string, number>>[] =>
  axes.reduce<Readonly<Record<string, number>>[]>(
    (places, axis) =>
      places.flatMap((at) => Array.from({ length: sizes[axis] as number }, (_, n) => ({ ...at, [axis]: n }))),
    [{}],
  )

/** The sum of squares of an einsum and its gradients, by the definition: loops over all axes, in float64. */
const byDefinition = (operands: readonly Operand[], out: string) => {
  const axes = [...new Set(operands.flatMap((x) => x.axes))]
  const result = operand(out, 0)
  const y = result.data.map(() => 0)
  const places = allPlaces(axes)
  const factor = (x: Operand, at: Readonly<Record<string, number>>) => x.data[placeIn(x, at)] as number
  for (const at of places) y[placeIn(result, at)]! += operands.reduce((term, x) => term * factor(x, at), 1)
  const grads = operands.map((x) => {
    const grad = x.data.map(() => 0)
    for (const at of places) {
      const others = operands.reduce((term, other) => (other === x ? term : term * factor(other, at)), 1)
      grad[placeIn(x, at)]! += 2 * (y[placeIn(result, at)] as number) * others
    }
    return grad
  })
  return { y, value: y.reduce((sum, each) => sum + each * each, 0), grads }
}

const expectClose = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length)
  const scale = Math.max(1, ...expected.map(Math.abs))
  expected.forEach((each, n) => {
    expect(Math.abs((actual[n] as number) - each) / scale).toBeLessThan(1e-5)
  })
}

const equations = 'ij,jk->ik bij,bjk->bik i,i-> i,j->ij ij->ji ij-> bij,kj->kbi bi,l->b ijk,bl->lj'

describeEngines(testEngines, () => {
  it.each(equations.split(' '))('differentiates einsum %s as its definition says', async (equation) => {
    const [left, out] = equation.split('->') as [string, string]
    const operands = left.split(',').map((axes, n) => operand(axes, n))
    const params = operands.map(({ data, shape }) => tf.tensor(data, shape))
    const wanted = byDefinition(operands, out)
    const forward = tf.einsum(equation, ...params)
    expect(forward.shape).toEqual(operand(out, 0).shape)
    expectClose(await forward.data(), wanted.y)
    const before = tf.memory().numTensors
    const { value, grads } = valueAndGrad((p: tf.Tensor[]) => tf.sum(tf.square(tf.einsum(equation, ...p))))(params)
    expect(tf.memory().numTensors).toBe(before + 1 + params.length)
    expectClose(await value.data(), [wanted.value])
    for (const [n, grad] of grads.entries()) expectClose(await grad.data(), wanted.grads[n] as number[])
    dispose([forward, params, value, grads])
  })
})

// tfjs multiplies whole numbers as float32 on WebGPU.
describeEngines([testEngine('tensors'), testEngine('wasm')], () => {
  it('multiplies whole numbers whole', async () => {
    const x = tf.tensor1d([16_777_217, 3], 'int32')
    const y = tf.einsum('i,i->i', x, tf.onesLike(x))
    expect([y.dtype, ...(await y.data())]).toEqual(['int32', 16_777_217, 3])
    dispose([x, y])
  })
})
