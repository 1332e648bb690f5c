import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
// The gradients come before the backends on purpose: the kernels must not need a backend that exists.
import '../../lib/gradients.ts'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { build } from 'esbuild'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dilatedShape, pairOf } from '../../lib/hosts/tfjs/gradients/dilatedFilter.ts'
import { gatherV2Gradient } from '../../lib/hosts/tfjs/gradients/gatherV2.ts'
import { registerGradients } from '../../lib/hosts/tfjs/gradients/register.ts'
import { tfjsGradients } from '../../lib/hosts/tfjs/gradients/tfjs.ts'
import { type Backend, expectClose, kernel, numbers, on, openBackends } from './hosts/tfjs/gradients/backends.ts'

type Shape4D = [number, number, number, number]

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

beforeAll(openBackends)

afterAll(() => tf.disposeVariables())

// --- convolutions of every kind -----------------------------------------------------------------------------------------

type Padding = [[number, number], [number, number], [number, number], [number, number]]

interface Convolution {
  readonly seed: number
  readonly x: Shape4D
  readonly filter: Shape4D
  readonly attrs: {
    readonly strides: [number, number]
    readonly dilations: [number, number]
    readonly pad: 'valid' | 'same' | number | Padding
    readonly dimRoundingMode?: 'floor' | 'ceil'
    readonly dataFormat: 'NHWC'
  }
}

const pair = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }))
const margin = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))
const none: [number, number] = [0, 0]

const padding = fc.oneof(
  fc.constantFrom('valid' as const, 'same' as const),
  fc.integer({ min: 0, max: 3 }),
  fc.tuple(fc.constant(none), margin, margin, fc.constant(none)),
)

/** tfjs takes strides or dilations, not both. */
const spacing = fc.oneof(
  fc.record({ strides: pair(3), dilations: fc.constant<[number, number]>([1, 1]) }),
  fc.record({ strides: fc.constant<[number, number]>([1, 1]), dilations: pair(3) }),
)

/** tfjs reads a padding of one number, and its rounding mode, for square windows only: it takes the height for the width. */
const squareWhere = (square: boolean, [height, width]: readonly [number, number]): [number, number] => [
  height,
  square ? height : width,
]

const convolution = (depthwise: boolean): fc.Arbitrary<Convolution> =>
  fc
    .record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      batch: fc.integer({ min: 1, max: 3 }),
      image: pair(9),
      taps: pair(4),
      channels: fc.integer({ min: 1, max: depthwise ? 19 : 6 }),
      out: fc.integer({ min: 1, max: depthwise ? 3 : 19 }),
      spacing,
      pad: padding,
      rounding: fc.constantFrom('floor' as const, 'ceil' as const),
    })
    .map(
      ({ seed, batch, image, taps, channels, out, spacing, pad, rounding }): Convolution => ({
        seed,
        x: [batch, ...image, channels],
        filter: [...squareWhere(typeof pad === 'number', taps), channels, out],
        attrs: {
          strides: squareWhere(typeof pad === 'number', spacing.strides),
          dilations: squareWhere(typeof pad === 'number', spacing.dilations),
          pad,
          dataFormat: 'NHWC',
          ...(typeof pad === 'number' ? { dimRoundingMode: rounding } : {}),
        },
      }),
    )
    // tfjs's forward kernel on wasm writes where it should not when no window fits, so a window must, however it is rounded.
    .filter((each) => infoOf(each, depthwise, 'floor').outShape.every((extent) => extent > 0))

const infoOf = ({ x, filter, attrs }: Convolution, depthwise: boolean, rounding = attrs.dimRoundingMode) => {
  const { strides, dilations, pad } = attrs
  const dimRoundingMode = typeof pad === 'string' ? undefined : rounding
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, depthwise)
}

/** tfjs's cpu kernels ignore dilations: what they give for the filter with zeros between its taps, at the taps. */
const filterGradientOnCpu = (name: string, each: Convolution, inputs: Record<string, tf.Tensor>) => {
  const dilations = pairOf(each.attrs.dilations)
  const filterShape = dilatedShape(each.filter, dilations)
  const gradient = kernel(name, inputs, { ...each.attrs, dilations: [1, 1], filterShape })
  return tf.stridedSlice(gradient, [0, 0, 0, 0], filterShape, [...dilations, 1, 1])
}

const filterKernels = [
  { name: 'Conv2DBackpropFilter', depthwise: false },
  { name: 'DepthwiseConv2dNativeBackpropFilter', depthwise: true },
]

describe.each(filterKernels)('$name on wasm', ({ name, depthwise }) => {
  test('agrees with cpu for any shape, stride, padding and dilation', async () => {
    await fc.assert(
      fc.asyncProperty(convolution(depthwise), async (each) => {
        const inputs = () => ({
          x: numbers(each.seed, each.x),
          dy: numbers(each.seed + 1, infoOf(each, depthwise).outShape),
        })
        const wasm = await on('wasm', () => kernel(name, inputs(), { ...each.attrs, filterShape: each.filter }))
        expectClose(wasm, await on('cpu', () => filterGradientOnCpu(name, each, inputs())))
      }),
      { numRuns: 150 },
    )
  })
})

test('Conv2DBackpropFilter on wasm takes channels first, as cpu does', async () => {
  const gradient = () =>
    kernel(
      'Conv2DBackpropFilter',
      { x: numbers(1, [2, 3, 6, 5]), dy: numbers(2, [2, 7, 6, 5]) },
      { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 3, 7] },
    )
  expectClose(await on('wasm', gradient), await on('cpu', gradient))
})

test('DepthwiseConv2dNativeBackpropInput on wasm agrees with cpu for any shape, stride and padding', async () => {
  const undilated = convolution(true).filter(({ attrs }) => attrs.dilations.every((dilation) => dilation === 1))
  await fc.assert(
    fc.asyncProperty(undilated, async (each) => {
      const gradient = () =>
        kernel(
          'DepthwiseConv2dNativeBackpropInput',
          { dy: numbers(each.seed, infoOf(each, true).outShape), filter: numbers(each.seed + 1, each.filter) },
          { ...each.attrs, inputShape: each.x },
        )
      expectClose(await on('wasm', gradient), await on('cpu', gradient))
    }),
    { numRuns: 100 },
  )
})

/** A convolution is linear in its input and in its filter, so its gradients are adjoints: ⟨dy, y⟩ = ⟨dx, x⟩ = ⟨dw, w⟩. */
const adjointLaw = (backend: Backend, depthwise: boolean) =>
  fc.asyncProperty(convolution(depthwise), async (each) => {
    const { strides, dilations } = each.attrs
    const { top, bottom, left, right } = infoOf(each, depthwise).padInfo
    // tfjs's forward kernel on wasm errs for some 'same' with unequal strides, never with the margins spelled out.
    const pad: Padding = [none, [top, bottom], [left, right], none]
    const op = depthwise ? tf.depthwiseConv2d : tf.conv2d
    const products = await on(backend, () => {
      const [x, w] = [numbers(each.seed, each.x) as tf.Tensor4D, numbers(each.seed + 1, each.filter) as tf.Tensor4D]
      const apply = (x: tf.Tensor4D, w: tf.Tensor4D) => op(x, w, strides, pad, 'NHWC', dilations, 'floor')
      const y = apply(x, w)
      const dy = numbers(each.seed + 2, y.shape) as tf.Tensor4D
      const [dx, dw] = tf.grads(apply as (...inputs: tf.Tensor[]) => tf.Tensor)([x, w], dy) as [tf.Tensor, tf.Tensor]
      return [tf.sum(tf.mul(dy, y)), tf.sum(tf.mul(dx, x)), tf.sum(tf.mul(dw, w)), tf.norm(y)]
    })
    const [forward, input, filter, size] = products as [number, number, number, number]
    expect(Math.abs(forward - input)).toBeLessThan(1e-4 * (1 + size * size))
    expect(Math.abs(forward - filter)).toBeLessThan(1e-4 * (1 + size * size))
  })

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  test('the gradients of any convolution, dilated ones too, are its adjoints', async () => {
    await fc.assert(adjointLaw(backend, false), { numRuns: 100 })
  })
  test('the gradients of any depthwise convolution, dilated ones too, are its adjoints', async () => {
    await fc.assert(adjointLaw(backend, true), { numRuns: 100 })
  })
})

// --- sums over segments and gather ----------------------------------------------------------------------------------------

const segments = fc.record({
  width: fc.integer({ min: 1, max: 11 }),
  numSegments: fc.integer({ min: 1, max: 7 }),
  ids: fc.array(fc.integer({ min: -2, max: 9 }), { minLength: 1, maxLength: 20 }),
  dtype: fc.constantFrom('float32' as const, 'int32' as const),
})

test('UnsortedSegmentSum on wasm agrees with cpu, and leaves out the segments that there are not', async () => {
  await fc.assert(
    fc.asyncProperty(segments, async ({ width, numSegments, ids, dtype }) => {
      const sums = () => {
        const x = tf.cast(tf.mul(numbers(width, [ids.length, width]), 100), dtype)
        return tf.unsortedSegmentSum(x, tf.tensor1d(ids, 'int32'), numSegments)
      }
      expectClose(await on('wasm', sums), await on('cpu', sums))
    }),
  )
})

describe('the gradient of gather, for any axis and batch,', () => {
  const gathers = fc
    .record({
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
      axis: fc.nat(3),
      batched: fc.boolean(),
      draws: fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }),
    })
    .map(({ shape, axis, batched, draws }) => {
      const along = Math.max(axis % shape.length, batched ? 1 : 0)
      const ids = draws.map((draw) => draw % shape[along]!)
      const indices = batched
        ? Array.from({ length: shape[0]! }, (_, n) => ids.map((id) => (id + n) % shape[along]!))
        : ids
      return { shape, indices, along, batchDims: batched ? 1 : 0 }
    })
  type Gather = typeof gathers extends fc.Arbitrary<infer A> ? A : never

  const gatheredShape = ({ shape, indices, along, batchDims }: Gather) => [
    ...shape.slice(0, along),
    ...(batchDims === 1 ? [(indices as number[][])[0]!.length] : [indices.length]),
    ...shape.slice(along + 1),
  ]

  const gathered = ({ shape, indices, along, batchDims }: Gather) => {
    const at = tf.tensor(indices, undefined, 'int32') as tf.Tensor1D
    const gather = (x: tf.Tensor) => tf.gather(x, at, along, batchDims)
    const x = numbers(7, shape)
    const y = gather(x)
    const dy = numbers(8, y.shape)
    return { x, y, dy, dx: tf.grad(gather)(x, dy) }
  }

  test('adds each slice to the one that it was taken from: it is the adjoint', async () => {
    await fc.assert(
      fc.asyncProperty(gathers, async (each) => {
        const [forward, input] = await on('cpu', () => {
          const { x, y, dy, dx } = gathered(each)
          return [tf.sum(tf.mul(dy, y)), tf.sum(tf.mul(dx, x))]
        })
        expect(input).toBeCloseTo(forward!, 3)
      }),
    )
  })

  test('is the same on wasm as on cpu', async () => {
    await fc.assert(
      fc.asyncProperty(gathers, async (each) => {
        // The gradient alone: tfjs's forward kernel on wasm reads out of bounds where there is a batch.
        const gradient = () => {
          const [x, indices] = [numbers(7, each.shape), tf.tensor(each.indices, undefined, 'int32')]
          const dy = numbers(8, gatheredShape(each))
          return gatherV2Gradient.gradFunc(dy, [x, indices], { axis: each.along, batchDims: each.batchDims }).x!()
        }
        expectClose(await on('wasm', gradient), await on('cpu', gradient))
      }),
    )
  })
})

// --- matrix products ------------------------------------------------------------------------------------------------------

test('the gradient of a matrix product is the same on wasm and cpu, however it is transposed, batched and broadcast', async () => {
  const products = fc.record({
    m: fc.integer({ min: 1, max: 9 }),
    k: fc.integer({ min: 1, max: 9 }),
    n: fc.integer({ min: 1, max: 9 }),
    batch: fc.constantFrom<readonly (readonly number[])[]>(
      [[], []],
      [[3], [3]],
      [
        [2, 3],
        [2, 3],
      ],
      [[1], [1]],
    ),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(products, async ({ m, k, n, batch, transposeA, transposeB }) => {
      const gradients = () => {
        const a = numbers(1, [...batch[0]!, ...(transposeA ? [k, m] : [m, k])])
        const b = numbers(2, [...batch[1]!, ...(transposeB ? [n, k] : [k, n])])
        const dy = numbers(3, [...batch[0]!, m, n])
        return tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB))([a, b], dy)
      }
      expectClose(await on('wasm', gradients), await on('cpu', gradients))
    }),
  )
})

// --- what networks are made of --------------------------------------------------------------------------------------------

const x2 = () => numbers(11, [4, 6])
const image = () => numbers(12, [2, 6, 6, 4]) as tf.Tensor4D

/** Layers of the usual networks: a function of some tensors, which must have the same gradients on wasm as on cpu. */
const layers: Readonly<
  Record<string, { readonly f: (...x: tf.Tensor[]) => tf.Tensor; readonly at: () => tf.Tensor[] }>
> = {
  relu: { f: tf.relu as never, at: () => [x2()] },
  relu6: { f: tf.relu6 as never, at: () => [x2()] },
  'leaky relu': { f: (x) => tf.leakyRelu(x!, 0.1), at: () => [x2()] },
  prelu: { f: (x, a) => tf.prelu(x!, a!), at: () => [x2(), numbers(5, [6])] },
  elu: { f: tf.elu as never, at: () => [x2()] },
  selu: { f: tf.selu as never, at: () => [x2()] },
  softplus: { f: tf.softplus as never, at: () => [x2()] },
  tanh: { f: tf.tanh as never, at: () => [x2()] },
  sigmoid: { f: tf.sigmoid as never, at: () => [x2()] },
  'gelu by erf': { f: (x) => tf.mul(x!, tf.add(tf.erf(tf.div(x!, Math.SQRT2)), 1)), at: () => [x2()] },
  softmax: { f: (x) => tf.softmax(x!), at: () => [x2()] },
  'log softmax': { f: (x) => tf.logSoftmax(x!), at: () => [x2()] },
  'log sum exp': { f: (x) => tf.logSumExp(x!, 1), at: () => [x2()] },
  'cross entropy': {
    f: (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 3, 5, 1], 'int32'), 6), x!),
    at: () => [x2()],
  },
  'layer norm': {
    f: (x, scale) => {
      const { mean, variance } = tf.moments(x!, -1, true)
      return tf.mul(tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale!)
    },
    at: () => [x2(), numbers(5, [6])],
  },
  'batch norm': {
    f: (x, shift, scale) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2])
      return tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, shift as tf.Tensor1D, scale as tf.Tensor1D)
    },
    at: () => [image(), numbers(4, [4]), numbers(5, [4])],
  },
  'max pool': { f: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'), at: () => [image()] },
  'max pool, overlapping': { f: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'), at: () => [image()] },
  'average pool': { f: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'), at: () => [image()] },
  'average pool, overlapping': { f: (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 'same'), at: () => [image()] },
  'global average pool': { f: (x) => tf.mean(x!, [1, 2]), at: () => [image()] },
  conv1d: {
    f: (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same'),
    at: () => [numbers(1, [2, 9, 3]), numbers(2, [3, 3, 5])],
  },
  'causal dilated conv1d': {
    f: (x, w) =>
      tf.conv1d(
        tf.pad(x!, [
          [0, 0],
          [4, 0],
          [0, 0],
        ]) as tf.Tensor3D,
        w as tf.Tensor3D,
        1,
        'valid',
        'NWC',
        2,
      ),
    at: () => [numbers(1, [2, 9, 3]), numbers(2, [3, 3, 5])],
  },
  'transposed convolution': {
    f: (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 12, 12, 3], 2, 'same'),
    at: () => [image(), numbers(2, [3, 3, 3, 4])],
  },
  'separable convolution': {
    f: (x, d, p) => tf.separableConv2d(x as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 2, 'same'),
    at: () => [image(), numbers(2, [3, 3, 4, 2]), numbers(3, [1, 1, 8, 5])],
  },
  'fused convolution': {
    f: (x, w, bias) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        bias: bias!,
        activation: 'relu',
      }),
    at: () => [image(), numbers(2, [3, 3, 4, 5]), numbers(3, [5])],
  },
  'fused dense layer': {
    f: (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: 'relu' }),
    at: () => [x2(), numbers(2, [6, 5]), numbers(3, [5])],
  },
  embedding: {
    f: (table) =>
      tf.gather(
        table!,
        tf.tensor2d(
          [
            [1, 1, 0],
            [4, 2, 1],
          ],
          undefined,
          'int32',
        ),
      ),
    at: () => [numbers(1, [5, 7])],
  },
  'concat and split': {
    f: (a, b) => {
      const [left, right] = tf.split(tf.concat([a!, b!], 1), 2, 1) as [tf.Tensor, tf.Tensor]
      return tf.mul(left, right)
    },
    at: () => [x2(), numbers(2, [4, 4])],
  },
  'stack and unstack': {
    f: (a, b) => {
      const [first, second] = tf.unstack(tf.stack([a!, b!])) as [tf.Tensor, tf.Tensor]
      return tf.mul(first, second)
    },
    at: () => [x2(), x2()],
  },
  'slice, pad, tile, reverse': {
    f: (x) =>
      tf.square(
        tf.reverse(
          tf.tile(
            tf.pad(tf.slice(x!, [1, 2], [2, 3]), [
              [1, 0],
              [0, 2],
            ]),
            [2, 1],
          ),
          1,
        ),
      ),
    at: () => [x2()],
  },
  'where, minimum, maximum, clip': {
    f: (x, y) =>
      tf.where(
        tf.greater(x!, 0),
        tf.mul(x!, y!),
        tf.add(tf.minimum(x!, y!), tf.clipByValue(tf.maximum(x!, y!), -1, 1)),
      ),
    at: () => [x2(), numbers(2, [4, 6])],
  },
  'max, min, prod': {
    f: (x) => tf.add(tf.add(tf.max(x!, 1), tf.min(x!, 1)), tf.prod(x!, 1)),
    at: () => [x2()],
  },
  'cumulative sum and norm': { f: (x) => tf.mul(tf.cumsum(x!, 1), tf.norm(x!)), at: () => [x2()] },
  'resize bilinear': { f: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [9, 9]), at: () => [image()] },
  'local response norm': { f: (x) => tf.localResponseNormalization(x as tf.Tensor4D), at: () => [image()] },
  'lstm cell': {
    f: (x, w, bias) => {
      const state = tf.zeros([4, 3]) as tf.Tensor2D
      const [c, h] = tf.basicLSTMCell(
        tf.scalar(1),
        w as tf.Tensor2D,
        bias as tf.Tensor1D,
        x as tf.Tensor2D,
        state,
        state,
      )
      return tf.add(c, h)
    },
    at: () => [x2(), numbers(2, [9, 12]), numbers(3, [12])],
  },
  attention: {
    f: (q, k, v) => tf.matMul(tf.softmax(tf.div(tf.matMul(q!, k!, false, true), Math.sqrt(5))), v!),
    at: () => [numbers(1, [2, 3, 4, 5]), numbers(2, [2, 3, 4, 5]), numbers(3, [2, 3, 4, 5])],
  },
}

const gradientsOf = ({ f, at }: (typeof layers)[string]) => {
  const inputs = at()
  const y = f(...inputs)
  return tf.grads(f as (...x: tf.Tensor[]) => tf.Tensor)(inputs, numbers(99, y.shape))
}

test.each(Object.keys(layers))('%s has the same gradients on wasm as on cpu', async (name) => {
  const wasm = await on('wasm', () => gradientsOf(layers[name]!))
  expectClose(wasm, await on('cpu', () => gradientsOf(layers[name]!)), 1e-4)
})

test('a convolution can be differentiated twice', async () => {
  const twice = () => {
    const w = numbers(2, [3, 3, 4, 5]) as tf.Tensor4D
    const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w, 2, 'same'))))
    return tf.grad((x: tf.Tensor) => tf.sum(tf.square(slope(x))))(image())
  }
  expectClose(await on('wasm', twice), await on('cpu', twice), 1e-4)
})

test('no gradient leaves a tensor or memory of the backend behind', async () => {
  await tf.setBackend('wasm')
  for (const layer of Object.values(layers)) {
    const count = () => [
      tf.memory().numTensors,
      tf.memory().numBytes,
      tf.memory().numDataBuffers,
      tf.backend().numDataIds(),
    ]
    tf.tidy(() => void gradientsOf(layer))
    const before = count()
    tf.tidy(() => void gradientsOf(layer))
    expect(count()).toEqual(before)
  }
})

// --- the registries -------------------------------------------------------------------------------------------------------

test('every op that tfjs-core can differentiate has its gradient in the registry that tfjs-core reads', () => {
  for (const { kernelName } of tfjsGradients) expect(tf.getGradient(kernelName), kernelName).toBeDefined()
  for (const name of ['BatchMatMul', 'Conv2D', 'DepthwiseConv2dNative', 'GatherV2', 'MaxPool', 'Greater'])
    expect(tf.getGradient(name), name).toBeDefined()
  expect(tfjsGradients.length + 5).toBe(101)
})

test('registering again changes nothing', () => {
  const names = ['Square', 'Conv2D', 'GatherV2', 'ForegradConv2DBackpropInput']
  const before = names.map(tf.getGradient)
  const kernels = tf.getKernelsForBackend('wasm')
  registerGradients()
  expect(names.map(tf.getGradient)).toEqual(before)
  expect(tf.getKernelsForBackend('wasm')).toEqual(kernels)
})

test('a kernel and a gradient that tfjs brings itself are left alone, and may come later', () => {
  const ours = tf.getKernel('UnsortedSegmentSum', 'wasm')
  const theirs = { ...ours }
  const gradient = tf.getGradient('Square')
  const another = { ...gradient }
  tf.unregisterKernel('UnsortedSegmentSum', 'wasm')
  tf.registerKernel(theirs)
  tf.registerGradient(another)
  registerGradients()
  expect(tf.getKernel('UnsortedSegmentSum', 'wasm')).toBe(theirs)
  expect(tf.getGradient('Square')).toBe(another)
  tf.unregisterKernel('UnsortedSegmentSum', 'wasm')
  tf.registerKernel(ours)
  tf.registerGradient(gradient)
})

test('lib/hosts/tfjs/gradients/tfjs.ts holds the gradients of the installed tfjs-core, and git does not', () => {
  execFileSync('node', [path('../../lib/hosts/tfjs/gradients/vendor.mjs'), '--check'])
  const inGit = execFileSync('git', ['ls-files', 'lib/hosts/tfjs/gradients'], { cwd: path('../..'), encoding: 'utf8' })
  expect(inGit).toContain('vendor.mjs')
  expect(inGit).not.toContain('tfjs.ts')
})

test('a browser bundle has one engine, whose gradients are registered', async () => {
  const program = `
    import '${path('../../lib/gradients.ts')}'
    import '@tensorflow/tfjs-backend-cpu'
    import { add, getGradient, grad, scalar, square } from '@tensorflow/tfjs-core'
    answer([getGradient('Square') !== undefined, grad((x) => add(square(x), x))(scalar(3)).dataSync()[0]])`
  const stdin = { contents: program, resolveDir: path('.'), loader: 'js' as const }
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    logLevel: 'error',
  })
  const answers: unknown[] = []
  const page: Record<string, unknown> = {
    answer: (each: unknown) => answers.push(each),
    console,
    performance,
    setTimeout,
  }
  Object.assign(page, { self: page, window: page, document: {} })
  runInContext(outputFiles[0]!.text, createContext(page))
  expect(JSON.stringify(answers)).toBe('[[true,7]]')
})
