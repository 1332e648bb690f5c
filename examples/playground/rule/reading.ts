/** What a chain says of itself: formulas, state, plan, Python. Nothing of it runs. */
import { evaluate } from '../../../lib/cli/evaluate.ts'
import { explain, float64, ndarray, show } from '../../../lib/core.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { isShapes, shapedTree } from '../../../lib/data/shapeTree.ts'
import { type Tree, treeMap } from '../../../lib/data/tree.ts'
import { type Attached, attach, whatIsAttached } from '../../../lib/form/attached.ts'
import type { GradientTransformation, Params } from '../../../lib/form/transformation.ts'
import type { Explanation } from '../../../lib/read/explain.ts'

export type Shapes = Tree<{ readonly shape: readonly number[] }>

/** The parameters that a plan is made for, unless others are typed. */
export const firstParams = '{ w: [8, 4], b: [4] }'

/** Shapes as they are typed: `{ w: [8, 4], b: [4] }`. Errors: a sentence. */
export const shapesOf = (text: string): Shapes => {
  const given: unknown = evaluate(text, {})
  if (!isShapes(given)) throw new Error('Expected shapes, as { w: [8, 4], b: [4] }.')
  return shapedTree(given) as Shapes
}

/** An engine that is only asked what it is: SIMD kernels. */
const reader = {
  engine: () => ({ name: 'wasm', fast: true, wideSums: true, scope: <T>(f: () => T): T => f() }),
  check: () => undefined,
} as unknown as Attached

/** Runs `f` as if the SIMD engine were there; whatever library is attached stays so. */
const asIfOnSimd = <T>(f: () => T): T => {
  const before = whatIsAttached()
  attach(reader)
  try {
    return f()
  } finally {
    attach(before as Attached)
  }
}

/** What a step costs on the SIMD engine, for parameters of these shapes. */
export const planFor = (tx: GradientTransformation, shapes: Shapes): Explanation =>
  asIfOnSimd(() => explain(tx, shapes as unknown as Params))

const zeros = (shapes: Shapes): Tree<NdArray> =>
  treeMap(shapes, ({ shape }) => ndarray(new Float64Array(shape.reduce((n, d) => n * d, 1)), shape))

/** Numbers in few words: those of a small leaf, the shape of a large one. */
const numbersText = ({ data, shape }: NdArray): string => {
  const same = data.every((x) => Object.is(x, data[0]))
  const size = shape.length === 0 ? 'a number' : shape.join(' × ')
  return same && data.length > 0 ? `${size}, ${data[0]}` : size
}

/** A line a slot: where it stands, and what it holds before the first step. */
const stateLines = (state: unknown, path: string): readonly (readonly [string, string])[] => {
  if (state instanceof NdArray) return [[path, numbersText(state)]]
  if (typeof state !== 'object' || state === null) return [[path, String(state)]]
  const entries = Object.entries(state)
  const key = (name: string): string =>
    Array.isArray(state) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`
  return entries.flatMap(([name, inner]) => stateLines(inner, key(name)))
}

/** The state before the first step, for parameters of these shapes that are all 0. */
export const stateOf = (tx: GradientTransformation, shapes: Shapes): string => {
  const lines = stateLines(float64(tx).init(zeros(shapes) as never), '')
  if (lines.length === 0) return 'no state'
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')
}

export const formulasOf = (tx: GradientTransformation): string => show(tx)

/** The chain as a module of Python, for optax and JAX. Errors: `unsupported`, with what Python cannot be told. */
export const pythonOf = async (tx: GradientTransformation, shapes: Shapes): Promise<string> => {
  const { toOptax } = await import('../../../lib/python.ts')
  return toOptax(tx, { params: shapes })
}
