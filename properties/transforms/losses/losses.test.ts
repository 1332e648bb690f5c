import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import '../../../lib/gradients.ts'
import { ForegradError, releaseBackend } from '../../../lib/index.ts'
import * as losses from '../../../lib/losses.ts'
import type { LossArrays } from '../../../transforms/losses/arrays.ts'
import { describeEngines, openEngine, testEngine, testEngines } from '../../devices/engines.ts'
import { callOf, type LossCall, type RecordedLoss, recordedLosses } from '../../golden/losses.ts'
import { fromNested, type Nested, type NumberArray, numberLosses } from './numbers.ts'

type Written = <A>(arrays: LossArrays<A>) => (...args: unknown[]) => A | readonly A[]
const byName: Readonly<Record<string, unknown>> = losses
const names = Object.keys(losses) as (keyof typeof losses)[]
const written = Object.fromEntries(
  await Promise.all(
    names.map(async (name) => [name, (await import(`../../../transforms/losses/${name}.ts`))[name] as Written]),
  ),
)

const flat = (x: Nested | NumberArray | readonly NumberArray[]): number[] => {
  if (Array.isArray(x)) return (x as Nested[]).flatMap(flat)
  if (typeof x === 'object') return [...(x as NumberArray).data]
  return [Number(x)]
}
const far = (got: readonly number[], want: readonly number[]): number => {
  expect(got.length).toBe(want.length)
  return Math.max(
    0,
    ...want.map((w, i) =>
      Object.is(got[i], w) || got[i] === w ? 0 : Math.abs(got[i]! - w) / Math.max(1, Math.abs(w)),
    ),
  )
}

/** log Σe^x of a row, on any host: the maximum of a Fenchel-Young loss. */
const maxFun =
  <A>({ log, sum, exp }: LossArrays<A>) =>
  (x: A) =>
    log(sum(exp(x), [0]))
/** What the recorded runs of optax took for it. */
const plainMax =
  <A>({ reshape, maxOver }: LossArrays<A>) =>
  (x: A) =>
    reshape(maxOver(x, [0]), [])

/** A recorded call on a host, as a function of the first array. */
const onHost = <A>(
  { name, arrays, numbers, options, optionArrays }: LossCall,
  host: LossArrays<A>,
  loss: (...args: unknown[]) => unknown,
  from: (x: Nested) => A,
  id: string,
) => {
  const more = Object.fromEntries(Object.entries(optionArrays).map(([key, x]) => [key, from(x)]))
  const all = { ...options, ...more }
  const max = id.startsWith('optax') ? plainMax(host) : maxFun(host)
  const call = name === 'makeFenchelYoungLoss' ? (loss(max) as (...args: unknown[]) => unknown) : loss
  const rest = [...arrays.slice(1).map(from), ...numbers, ...(Object.keys(all).length ? [all] : [])]
  return (first: A) => call(first, ...rest) as A | readonly A[]
}

const meaning = (entry: RecordedLoss) => {
  const call = callOf(entry)
  return onHost(call, numberLosses, written[call.name]!(numberLosses), fromNested, entry.id)
}
const firstOf = (entry: RecordedLoss): NumberArray => fromNested(callOf(entry).arrays[0]!)
const first = <A>(x: A | readonly A[]): A => (Array.isArray(x) ? x[0] : x) as A

/** The gradient of the sum by central differences of fourth order in float64. */
const differences = (entry: RecordedLoss): number[] => {
  const loss = meaning(entry)
  const x = firstOf(entry)
  const h = 1e-5
  const total = (i: number, by: number) =>
    first(loss({ ...x, data: x.data.map((y, j) => (i === j ? y + by : y)) })).data.reduce((a, b) => a + b, 0)
  return x.data.map((_, i) => (8 * (total(i, h) - total(i, -h)) - (total(i, 2 * h) - total(i, -2 * h))) / (12 * h))
}

const entries = [...recordedLosses.optax, ...recordedLosses.jax]
/** Where a loss has a corner, no difference tells its gradient. */
const cornered = /huber_loss|jax\/(multiclass_hinge_loss|log_cosh|safe_softmax|sigmoid_binary)/

describe('the recorded losses', () => {
  test('have every loss at least once', () => {
    const found = new Set(entries.map((entry) => callOf(entry).name))
    expect(names.filter((name) => !found.has(name))).toEqual([])
    expect(names.length).toBe(32)
  })

  test.each(entries.map((entry) => [entry.id, entry] as const))('%s is met in float64', (_, entry) => {
    expect(far(flat(meaning(entry)(firstOf(entry)) as never), flat(entry.outputs.value))).toBeLessThanOrEqual(1e-11)
  })

  const slopes = entries.filter(({ id, outputs }) => gradientOf(outputs) !== undefined && !cornered.test(id))
  test.each(slopes.map((entry) => [entry.id, entry] as const))('%s has the recorded gradient', (_, entry) => {
    expect(far(differences(entry), flat(gradientOf(entry.outputs)!))).toBeLessThanOrEqual(2e-7)
  })
})

function gradientOf({ numeric_grad_of_sum, grad_of_sum }: RecordedLoss['outputs']): Nested | undefined {
  const found = numeric_grad_of_sum ?? grad_of_sum
  return typeof found === 'object' && !Array.isArray(found)
    ? (Object.values(found)[0] as Nested)
    : (found as Nested | undefined)
}

const tensor = (x: Nested): tf.Tensor => {
  const { data, shape } = fromNested(x)
  return tf.tensor([...data], [...shape], 'float32')
}
const host = (entry: RecordedLoss) => {
  const call = callOf(entry)
  const loss = byName[call.name] as unknown as (...args: unknown[]) => unknown
  return onHost(
    call,
    {
      reshape: (x: tf.Tensor, s: number[]) => tf.reshape(x, s),
      maxOver: (x: tf.Tensor) => tf.max(x),
      log: tf.log,
      sum: tf.sum,
      exp: tf.exp,
    } as never,
    loss,
    tensor,
    entry.id,
  )
}
const numbersOf = async (x: tf.Tensor | readonly tf.Tensor[]): Promise<number[]> =>
  (await Promise.all([x].flat().map(async (t) => [...(await (t as tf.Tensor).data())]))).flat()

describeEngines(testEngines, () => {
  test.each(entries.map((entry) => [entry.id, entry] as const))('%s, in float32', async (_, entry) => {
    const inputs = tensor(callOf(entry).arrays[0]!)
    const loss = host(entry)
    const found = loss(inputs)
    expect(far(await numbersOf(found), flat(entry.outputs.value))).toBeLessThanOrEqual(1e-5)
    const made = tf.memory().numTensors
    tf.dispose(loss(inputs) as tf.Tensor)
    expect(tf.memory().numTensors, 'tensors left behind by a loss').toBe(made)
    tf.dispose([found as tf.Tensor, inputs])
  })

  const smooth = entries.filter(({ id, outputs }) => gradientOf(outputs) !== undefined || !cornered.test(id))
  test.each(smooth.map((entry) => [entry.id, entry] as const))("%s: tfjs's gradient", async (_, entry) => {
    const loss = host(entry)
    const gradient = tf.grad((x) => tf.sum(first(loss(x)) as tf.Tensor))(tensor(callOf(entry).arrays[0]!))
    const want = entry.id.startsWith('jax') ? gradientOf(entry.outputs) : differences(entry)
    expect(far(await numbersOf(gradient), flat(want as Nested))).toBeLessThanOrEqual(2e-5)
  })

  const torch = recordedLosses.torch.flatMap((entry) => {
    const { a, b, labels_int } = entry.inputs
    const calls: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
      'torch/loss/mse': (x) => losses.squaredError(x, tensor(b!)),
      'torch/loss/huber_0.4': (x) => losses.huberLoss(x, tensor(b!), { delta: 0.4 }),
      'torch/loss/cross_entropy_int_smoothing': (x) =>
        losses.softmaxCrossEntropy(
          x,
          losses.smoothLabels(tf.oneHot(tf.tensor1d(labels_int as number[], 'int32'), 4), 0.1),
        ),
      'torch/loss/cross_entropy_prob': (x) => losses.softmaxCrossEntropy(x, tensor(b!)),
      'torch/loss/kl_div': (x) => losses.klDivergence(x, tensor(b!)),
      'torch/loss/ctc': (x) =>
        losses.ctcLoss(
          x,
          tensor([
            [0, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 1, 1],
          ]),
          tensor([
            [1, 2, 2, 3],
            [4, 1, 0, 0],
          ]),
          tensor([
            [0, 0, 0, 0],
            [0, 0, 1, 1],
          ]),
        ),
    }
    const call = calls[entry.id]
    return call ? [[entry.id, entry, () => tensor(a!), call] as const] : []
  })
  test.each(torch)("%s: torch's value and autograd", async (_, { outputs }, start, call) => {
    expect(far(await numbersOf(call(start())), flat(outputs.value))).toBeLessThanOrEqual(1e-5)
    const gradient = tf.grad((x) => tf.sum(call(x)))(start())
    expect(far(await numbersOf(gradient), flat(gradientOf(outputs)!))).toBeLessThanOrEqual(1e-5)
  })
})

describe('a loss refuses', () => {
  beforeAll(() => openEngine(testEngine('tensors')))
  afterAll(releaseBackend)

  const x = () => tf.tensor2d([[1, 2, 3]])
  const disposed = () => {
    const gone = x()
    gone.dispose()
    return gone
  }
  test.each<[string, () => unknown, RegExp]>([
    [
      'what is no tensor',
      () => losses.l2Loss([1, 2] as never),
      /l2Loss: predictions: expected a tensor, got an array of 2/,
    ],
    [
      'a disposed tensor',
      () => losses.hingeLoss(x(), disposed()),
      /hingeLoss: targets: expected a tensor, got a disposed one/,
    ],
    ['words', () => losses.l2Loss(tf.tensor1d(['a'])), /expected a tensor of numbers, got one of string/],
    [
      'all that is wrong at once',
      () => losses.klDivergence(1 as never, 2 as never, { axes: 1 } as never),
      /logPredictions[\s\S]*targets[\s\S]*axes: expected one of axis, where, got an unknown option/,
    ],
    [
      'shapes that differ',
      () => losses.squaredError(x(), tf.tensor1d([1])),
      /squaredError: targets: expected shape \[1, 3\]/,
    ],
    [
      'shapes that do not spread',
      () => losses.softmaxCrossEntropy(x(), tf.tensor1d([1, 2])),
      /a shape that spreads over \[1, 3\], got shape \[2\]/,
    ],
    [
      'an axis that is not there',
      () => losses.softmaxCrossEntropy(x(), x(), { axis: 2 }),
      /axis: expected different axes of an array of 2/,
    ],
    ['an axis given twice', () => losses.softmaxCrossEntropy(x(), x(), { axis: [1, -1] }), /axis/],
    [
      'labels of another shape',
      () => losses.softmaxCrossEntropyWithIntegerLabels(x(), x()),
      /labels: expected shape \[1\]/,
    ],
    ['a negative delta', () => losses.huberLoss(x(), x(), { delta: -1 }), /delta: expected a number from 0 up, got -1/],
    [
      'options that are none',
      () => losses.ntxent(x(), tf.tensor1d([0]), 0.1 as never),
      /expected a record of options, got 0.1/,
    ],
    ['labels more than smooth', () => losses.smoothLabels(x(), 1.5), /alpha: expected a number from 0 to 1/],
    [
      'a reduction nobody knows',
      () => losses.diceLoss(x(), x(), { reduction: 'max' as never }),
      /reduction: expected one of 'mean', 'sum', 'none'/,
    ],
    [
      'a class that is not there',
      () => losses.ctcLoss(tf.zeros([1, 2, 3]), tf.zeros([1, 2]), tf.zeros([1, 1]), tf.zeros([1, 1]), { blankId: 3 }),
      /blankId: expected a class below 3, got 3/,
    ],
    ['a maximum that is no function', () => losses.makeFenchelYoungLoss(3 as never), /maxFun: expected a function/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message)
    expect(call).toThrow(ForegradError)
  })
})
