import { broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core'
import { addressOf, instantiate, makeOutput, sizeOf, type WasmBackend, zeros } from './backend.ts'
import { contraction, stripWidths } from './contraction.ts'
import { dots } from './dots.ts'

export interface ProductAttrs {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

interface Product {
  readonly shape: readonly number[]
  /** How many products, and whether every one has an `a` and a `b` of its own. */
  readonly batch: number
  readonly ownA: boolean
  readonly ownB: boolean
  readonly m: number
  readonly k: number
  readonly n: number
}

/** The product that is asked for; undefined where it is not one of ours: both transposed, sizes that do not meet, or nothing to add up. */
export const productOf = (a: readonly number[], b: readonly number[], attrs: ProductAttrs): Product | undefined => {
  const { transposeA, transposeB } = attrs
  const [k, m] = transposeA ? [a.at(-2)!, a.at(-1)!] : [a.at(-1)!, a.at(-2)!]
  const [other, n] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!]
  const [outerA, outerB] = [a.slice(0, -2), b.slice(0, -2)]
  const [batchA, batchB] = [sizeOf(outerA), sizeOf(outerB)]
  const isOne = (batch: number) => batch === 1
  const meet = isOne(batchA) || isOne(batchB) || String(outerA) === String(outerB)
  if ((transposeA && transposeB) || k !== other || !meet || m * k * n * batchA * batchB === 0) return undefined
  const outer = broadcast_util.assertAndGetBroadcastShape([...outerA], [...outerB])
  return { shape: [...outer, m, n], batch: sizeOf(outer), ownA: !isOne(batchA), ownB: !isOne(batchB), m, k, n }
}

interface Inputs {
  readonly a: TensorInfo
  readonly b: TensorInfo
}

/**
 * Products of matrices, one of which may be transposed: tfjs's kernel `BatchMatMul` for its wasm backend, where tfjs has a plain loop for all but
 * the product of two single matrices as they are. Nothing is copied.
 *
 *     y[…, i, j] = Σ_l a[…, i, l] · b[…, l, j];      with transposeA a[…, l, i], or with transposeB b[…, j, l]
 *
 * Shapes: any that `productOf` takes, float32.
 */
export const batchMatMul = (backend: WasmBackend, { a, b }: Inputs, attrs: ProductAttrs): TensorInfo => {
  const product = productOf(a.shape, b.shape, attrs)!
  const { shape, batch, ownA, ownB, m, k, n } = product
  const y = attrs.transposeB ? makeOutput(backend, shape, 'float32') : zeros(backend, shape, 'float32')
  const [aAt, bAt, yAt] = [a, b, y].map((tensor) => addressOf(backend, tensor)) as [number, number, number]
  const multiply = attrs.transposeB ? byRows(backend, product) : byColumns(backend, product, attrs.transposeA)
  for (let i = 0; i < batch; i++) {
    multiply(aAt + (ownA ? 4 * i * m * k : 0), bAt + (ownB ? 4 * i * k * n : 0), yAt + 4 * i * m * n)
  }
  return y
}

type Multiply = (a: number, b: number, y: number) => void

const byRows = (backend: WasmBackend, { m, k, n }: Product): Multiply => {
  const rest = k % 4
  const run = instantiate(backend, { key: `dots ${rest}`, bytes: ({ shared }) => dots({ rest, shared }) }, true)
  return (a, b, y) => run(a, b, y, m, n, k)
}

/** Rows of `b` that one call goes down: as many as a core's nearest cache holds of a strip that lies far apart. */
const MOST_ROWS = 256

/** Strips of columns of `b` and `y`, widest first. */
const byColumns = (backend: WasmBackend, { m, k, n }: Product, transposeA: boolean): Multiply => {
  const pairing = transposeA ? 'outer' : 'apart'
  const [aStep, aColumn] = transposeA ? [4, 4 * m] : [4 * k, 4]
  const strips = stripWidths(true).map((width) => ({
    width,
    run: instantiate(
      backend,
      { key: `${pairing} ${width}`, bytes: (target) => contraction({ pairing, width, ...target }) },
      true,
    ),
  }))
  return (a, b, y) => {
    for (let row = 0; row < k; row += MOST_ROWS) {
      const rows = Math.min(MOST_ROWS, k - row)
      let done = 0
      for (const { width, run } of strips) {
        for (; n - done >= width; done += width) {
          const [from, to] = [b + 4 * (row * n + done), y + 4 * done]
          run(a + row * aColumn, from, to, m, 1, rows, 0, aColumn, 0, 4 * n, aStep, 4 * n)
        }
      }
    }
  }
}
