import { type Expr, type Input, input, type ReduceOp } from '../../../../../lib/expr/expr.ts'
import { nodesOf } from '../../../../../lib/expr/fold.ts'
import type { Pass } from '../../../../../lib/rule/plan.ts'
import { importsOf } from '../../../../../lib/simd/assembler.ts'
import { emit } from '../../../../../lib/simd/emit.ts'
import { kernelOf } from '../../../../../lib/simd/kernel.ts'
import { tableOf } from '../../../../../lib/simd/table.ts'

export const x = input('slot', 'x', 'cell')
export const y = input('slot', 'y', 'cell')
export const z = input('slot', 'z', 'cell')
export const k = input('uniform', 'k', 'step')
export const l = input('uniform', 'l', 'leaf')

/** A pass that computes these expressions of x, y, z, k and l, the first for what it reads first, and these reductions of them. */
export const passOf = (outputs: readonly Expr[], reductions: readonly (readonly [ReduceOp, Expr])[] = []): Pass => {
  const nodes = nodesOf([...outputs, ...reductions.map(([, expr]) => expr)])
  const reads = [x, y, z].filter((node) => nodes.includes(node))
  return {
    key: '',
    reads,
    uniforms: [k, l]
      .filter((node) => nodes.includes(node))
      .map((node: Input) => ({ expr: node, input: node, perLeaf: node === l, deferred: false })),
    outputs: outputs.map((expr, j) => {
      const name = reads[j]?.name
      return name === undefined
        ? { target: { to: 'updates' }, expr, own: -1 }
        : { target: { to: 'slot', slot: j, name }, expr, own: j }
    }),
    reductions: reductions.map(([op, expr], id) => ({
      id,
      op,
      over: 'leaf',
      expr,
      result: input('reduced', `r${id}`, 'leaf'),
    })),
  }
}

/** One leaf: the elements of x, y and z, and its number l. */
export interface LeafCells {
  readonly size: number
  readonly x?: readonly number[]
  readonly y?: readonly number[]
  readonly z?: readonly number[]
  readonly l?: number
}

export interface RunOptions {
  readonly k?: number
  readonly shared?: boolean
  /** Output j is written over read j, where there is one; of a list, these outputs alone. */
  readonly inPlace?: boolean | readonly number[]
}

export interface Ran {
  /** outputs[j][leaf] */
  readonly outputs: readonly (readonly number[])[][]
  readonly reductions: readonly (readonly number[])[]
  /** True when nothing but the outputs and the results was written. */
  readonly untouched: boolean
}

const mark = 12345.5

/**
 * Runs the kernel of a pass on a memory of its own, as WebAssembly would trap it and as a neighbour would feel it: every tensor ends where
 * the next one begins, the last one at the very end of memory.
 */
export const runKernel = (pass: Pass, leaves: readonly LeafCells[], options: RunOptions = {}): Ran => {
  const kernel = kernelOf(pass)
  const table = tableOf(kernel)
  const { shared = false, inPlace = false } = options
  const head = 16
  const rows = head + table.head
  const tensors = leaves.reduce((n, { size }) => n + size * (pass.reads.length + pass.outputs.length), 0)
  const pages = Math.ceil((rows + leaves.length * table.row + 4 * tensors + 64) / 65536)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared })
  const cells = new Float32Array(memory.buffer).fill(mark)
  const addresses = new Int32Array(memory.buffer)
  let end = memory.buffer.byteLength
  const place = (size: number, values?: readonly number[]): number => {
    end -= 4 * size
    if (values) cells.set(values, end / 4)
    return end
  }
  pass.uniforms.forEach(({ perLeaf }, i) => {
    if (!perLeaf) cells[(head + (table.uniforms[i] as number)) / 4] = options.k as number
  })
  const written = leaves.map((leaf, row) => {
    const at = (offset: number): number => (rows + row * table.row + offset) / 4
    addresses[at(table.count)] = leaf.size
    const reads = pass.reads.map(({ name }, i) => {
      const address = place(leaf.size, leaf[name as 'x' | 'y' | 'z'])
      addresses[at(table.reads + 4 * i)] = address
      return address
    })
    pass.uniforms.forEach(({ perLeaf }, i) => {
      if (perLeaf) cells[at(table.uniforms[i] as number)] = leaf.l as number
    })
    return pass.outputs.map((_, j) => {
      const isOver = typeof inPlace === 'boolean' ? inPlace : inPlace.includes(j)
      const address = isOver && j < reads.length ? (reads[j] as number) : place(leaf.size)
      addresses[at(table.outputs + 4 * j)] = address
      return address
    })
  })
  const before = cells.slice()
  const module = new WebAssembly.Module(emit(kernel, shared))
  const { run } = new WebAssembly.Instance(module, importsOf(memory)).exports
  ;(run as (head: number, row: number, rows: number) => void)(head, rows, leaves.length)
  const outputs = pass.outputs.map((_, j) =>
    leaves.map(({ size }, row) => {
      const first = (written[row]?.[j] as number) / 4
      return [...cells.slice(first, first + size)]
    }),
  )
  const results = new DataView(memory.buffer)
  const at = (row: number, i: number): number => rows + row * table.row + table.reductions + 8 * i
  const reductions = pass.reductions.map((_, i) => leaves.map((_, row) => results.getFloat64(at(row, i), true)))
  // What may be written is put back as it was; then nothing may differ.
  const restore = (from: number, count: number): void => cells.set(before.subarray(from, from + count), from)
  leaves.forEach(({ size }, row) => {
    for (const address of written[row] ?? []) restore(address / 4, size)
    restore(at(row, 0) / 4, 2 * pass.reductions.length)
  })
  const bits = new Int32Array(memory.buffer)
  const bitsBefore = new Int32Array(before.buffer)
  return { outputs, reductions, untouched: bits.every((cell, i) => cell === bitsBefore[i]) }
}

const bits = new Int32Array(1)
const float = new Float32Array(bits.buffer)
const order = (value: number): number => {
  float[0] = value
  const cell = bits[0] as number
  return cell < 0 ? -(cell & 0x7fffffff) : cell
}

/** How many float32 numbers lie between two; ∞ where only one is NaN, or zeros differ in sign. */
export const ulps = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY
  if (a === 0 && b === 0) return Object.is(a, b) ? 0 : Number.POSITIVE_INFINITY
  return Math.abs(order(a) - order(b))
}
