/** Gradients of tfjs's ops against finite differences: those that tfjs has wrong or refuses raw, and those that nobody has. */
import * as tf from '@tensorflow/tfjs-core'
import '../../../../../lib/gradients.ts'
import { expect, it } from 'vitest'
import { dispose, valueAndGrad } from '../../../../../lib/index.ts'
import { describeEngines, testEngine } from '../../../../devices/engines.ts'

const fill = <R extends tf.Rank>(...shape: tf.ShapeMap[R]): tf.Tensor<R> =>
  tf.tensor<R>(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, n) => 0.3 + 0.5 * Math.sin(1 + 1.7 * n)),
    shape,
  )

interface Row {
  readonly op: string
  readonly shape: number[]
  readonly run: (x: tf.Tensor) => tf.Tensor
}

const row = <T extends tf.Tensor>(op: string, shape: number[], run: (x: T) => tf.Tensor): Row => ({
  op,
  shape,
  run: run as Row['run'],
})

const pads = (strides: readonly number[]) =>
  strides.flatMap((s) => (['same', 'valid'] as const).map((p) => [s, p] as const))

const rows: readonly Row[] = [
  row('maximum, broadcast', [3], (x) => tf.maximum(fill<tf.Rank.R2>(2, 3), tf.add(x, 0.01))),
  row('minimum, broadcast', [3], (x) => tf.minimum(fill<tf.Rank.R2>(2, 3), tf.add(x, 0.01))),
  row('squaredDifference, broadcast', [3], (x) => tf.squaredDifference(fill<tf.Rank.R2>(2, 3), x)),
  row('matMul, a broadcast', [1, 2, 3], (x) => tf.matMul(x, fill<tf.Rank.R3>(2, 3, 2))),
  row('matMul, b broadcast', [1, 2, 3], (x) => tf.matMul(fill<tf.Rank.R3>(2, 2, 3), x, false, true)),
  row('mirrorPad reflect', [3, 3], (x) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [1, 2],
      ],
      'reflect',
    ),
  ),
  row('mirrorPad symmetric', [3, 3], (x) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [1, 3],
      ],
      'symmetric',
    ),
  ),
  row('unstack into one', [1, 3], (x) => tf.unstack(x)[0] as tf.Tensor),
  row('split into one', [2, 3], (x) => tf.split(x, 1, 1)[0] as tf.Tensor),
  row('linalg.bandPart', [3, 3], (x) => tf.linalg.bandPart(x, 1, 0)),
  ...pads([1, 2, 3]).flatMap(([s, p]) => [
    row<tf.Tensor4D>(`avgPool ${s} ${p}`, [1, 5, 5, 2], (x) => tf.avgPool(x, 3, s, p)),
    row<tf.Tensor5D>(`avgPool3d ${s} ${p}`, [1, 4, 5, 4, 1], (x) => tf.avgPool3d(x, 3, s, p)),
    row<tf.Tensor5D>(`conv3d, input ${s} ${p}`, [1, 4, 5, 4, 2], (x) =>
      tf.conv3d(x, fill<tf.Rank.R5>(2, 3, 2, 2, 3), s, p),
    ),
    row<tf.Tensor5D>(`conv3d, filter ${s} ${p}`, [2, 3, 2, 2, 2], (x) =>
      tf.conv3d(fill<tf.Rank.R5>(1, 4, 5, 4, 2), x, s, p),
    ),
  ]),
  row<tf.Tensor4D>('avgPool, one around', [1, 5, 5, 2], (x) => tf.avgPool(x, 3, 2, 1)),
  row<tf.Tensor5D>('conv3dTranspose, input', [1, 2, 2, 2, 2], (x) =>
    tf.conv3dTranspose(x, fill<tf.Rank.R5>(2, 2, 2, 1, 2), [1, 4, 4, 4, 1], 2, 'same'),
  ),
  row<tf.Tensor5D>('conv3dTranspose, filter', [2, 3, 2, 1, 2], (x) =>
    tf.conv3dTranspose(fill<tf.Rank.R5>(1, 2, 2, 2, 2), x, [1, 3, 4, 3, 1], 1, 'valid'),
  ),
]

/** tfjs has no gradient of these: docs/reliability.md names them. */
const without: readonly Row[] = [
  row('Cumprod', [3], (x) => tf.cumprod(x)),
  row('StridedSlice', [4, 4], (x) => tf.stridedSlice(x, [0, 1], [4, 4], [2, 2])),
  row('GatherNd', [4, 2], (x) => tf.gatherND(x, tf.tensor2d([[1], [3]], [2, 1], 'int32'))),
  row('ScatterNd', [2, 2], (x) => tf.scatterND(tf.tensor2d([[1], [3]], [2, 1], 'int32'), x, [4, 2])),
  row('TensorScatterUpdate', [2, 2], (x) =>
    tf.tensorScatterUpdate(tf.ones([4, 2]), tf.tensor2d([[1], [3]], [2, 1], 'int32'), x),
  ),
  row('TopK', [2, 4], (x) => tf.topk(x, 2).values),
  row('Diag', [3], (x) => tf.diag(x)),
  row<tf.Tensor4D>('MaxPoolWithArgmax', [1, 4, 4, 1], (x) => tf.maxPoolWithArgmax(x, 2, 2, 'same').result as tf.Tensor),
  row<tf.Tensor4D>('DepthToSpace', [1, 2, 2, 4], (x) => tf.depthToSpace(x, 2)),
  row<tf.Tensor4D>('FlipLeftRight', [1, 2, 2, 1], (x) => tf.image.flipLeftRight(x)),
  row<tf.Tensor4D>('RotateWithOffset', [1, 4, 4, 1], (x) => tf.image.rotateWithOffset(x, 0.5)),
  row<tf.Tensor4D>('CropAndResize', [1, 4, 4, 1], (x) =>
    tf.image.cropAndResize(x, tf.tensor2d([[0, 0, 1, 1]]), tf.tensor1d([0], 'int32'), [2, 2]),
  ),
  row('Complex', [4], (x) => tf.abs(tf.complex(x, x))),
]

const weighted = (y: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.reshape(y, [y.size]), tf.add(tf.mul(tf.range(0, y.size), 0.37), 1)))

describeEngines([testEngine('tensors'), testEngine('wasm')], () => {
  it.each(rows)('differentiates $op as its differences say', async ({ shape, run }) => {
    const x = fill<tf.Rank>(...(shape as tf.ShapeMap[tf.Rank]))
    const numbers = [...(await x.data())]
    const { value, grads } = valueAndGrad((p: { x: tf.Tensor }) => weighted(run(p.x)))({ x })
    const got = [...(await grads.x.data())]
    const at = (n: number, h: number): number =>
      tf.tidy(() => {
        const moved = numbers.map((each, place) => (place === n ? each + h : each))
        return weighted(run(tf.tensor(moved, shape))).dataSync()[0] as number
      })
    const h = 4e-3
    const wanted = numbers.map((_, n) => (at(n, h) - at(n, -h)) / (2 * h))
    const scale = Math.max(1, ...wanted.map(Math.abs))
    const far = wanted.map((each, n) => Math.abs(each - (got[n] as number)) / scale)
    expect(got.length).toBe(wanted.length)
    for (const each of far) expect(each).toBeLessThan(5e-3)
    dispose([x, value, grads])
  })

  it.each(without)('names $op, which has no gradient', ({ op, shape, run }) => {
    const x = fill<tf.Rank>(...(shape as tf.ShapeMap[tf.Rank]))
    const before = tf.memory().numTensors
    const code = expect.stringMatching(/^(missing-gradients|unsupported)$/)
    expect(() => valueAndGrad((p: { x: tf.Tensor }) => weighted(run(p.x)))({ x })).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining(op) }),
    )
    expect(tf.memory().numTensors).toBe(before)
    dispose(x)
  })
})
