import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { ForegradError, treeLeaves, treeMap } from '../../../lib/index.ts'
import * as onTensors from '../../../lib/tree.ts'
import type { LossArrays } from '../../../transforms/losses/arrays.ts'
import * as clips from '../../../transforms/trees/perExampleClips.ts'
import * as projections from '../../../transforms/trees/projections.ts'
import * as functions from '../../../transforms/trees/treeFunctions.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'
import { type NestedTree, type RecordedCall, recordedTrees } from '../../golden/trees.ts'
import { fromNested, type Nested, NumberArray, numberLosses } from '../losses/numbers.ts'

type Loose = (...args: unknown[]) => unknown
const written = { ...functions, ...projections, ...clips } as unknown as Readonly<
  Record<string, (arrays: LossArrays<NumberArray>) => Loose>
>
const bound = onTensors as unknown as Readonly<Record<string, Loose>>

/** True for numbers; what a function returns beside a tree stands in a list with it. */
const isNested = (x: NestedTree): x is Nested =>
  typeof x !== 'object' || (Array.isArray(x) && x.every((child) => isNested(child)))
const treeOf = <A>(x: NestedTree, leaf: (x: Nested) => A): unknown =>
  isNested(x) ? leaf(x) : Object.fromEntries(Object.entries(x).map(([key, child]) => [key, treeOf(child, leaf)]))
const flat = (x: NestedTree): number[] =>
  isNested(x)
    ? [...fromNested(x).data]
    : Object.keys(x)
        .sort()
        .flatMap((key) => flat((x as never)[key]))

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const nameOf = (fn: string): string => camel(fn.replace('tree.', 'tree_'))

/** The arguments of a recorded call, trees made by `leaf`. */
const argumentsOf = ({ config: { fn, args = {} }, inputs }: RecordedCall, leaf: (x: Nested) => unknown): unknown[] => {
  const trees = Object.values(inputs).map((x) => treeOf(x, leaf))
  const options = Object.fromEntries(Object.entries(args).map(([key, value]) => [camel(key), value]))
  const [a, b] = trees
  const numbers = Object.values(args)
  const name = nameOf(fn)
  if (name === 'treeAddScale') return [a, args.scalar, b]
  if (name === 'treeScale') return [args.scalar, a]
  if (name === 'treeWhere') return [args.condition, a, b]
  if (/^treeUpdate/.test(name) || /Hyperplane|Halfspace/.test(name)) return [a, b, ...numbers]
  if (name === 'treeFullLike' || name === 'treeBiasCorrection') return [a, ...numbers]
  if (name === 'perExampleGlobalNormClip') return [a, args.l2_norm_clip]
  if (name === 'perExampleLayerNormClip') return [a, args.global_l2_norm_clip, { uniform: args.uniform }]
  const one = /^tree(Sum|Max|Min|Size|Norm|Clip|OnesLike|ZerosLike)$|^globalNorm$/.test(name)
  return [...(one ? [a] : trees), ...(numbers.length ? [options] : [])]
}

const entries = [...recordedTrees.projections, ...recordedTrees.functions].filter(
  ({ config }) => nameOf(config.fn) in written,
)
const far = (got: readonly number[], want: readonly number[]): number => {
  expect(got.length).toBe(want.length)
  return Math.max(...want.map((w, i) => Math.abs(got[i]! - w) / Math.max(1, Math.abs(w))))
}
const numbersIn = (x: unknown): number[] => {
  if (typeof x === 'number') return [x]
  if (x instanceof NumberArray) return [...x.data]
  return Object.keys(x as object)
    .sort()
    .flatMap((key) => numbersIn((x as never)[key]))
}

describe('a recorded call of optax is met in float64', () => {
  test.each(entries.map((entry) => [entry.id, entry] as const))('%s', (_, entry) => {
    const found = written[nameOf(entry.config.fn)]!(numberLosses)(...argumentsOf(entry, fromNested))
    expect(far(numbersIn(found), flat(entry.outputs.value))).toBeLessThanOrEqual(1e-11)
  })

  test('for every projection', () => {
    const found = new Set(entries.map(({ config }) => nameOf(config.fn)))
    expect(Object.keys(projections).filter((name) => !found.has(name))).toEqual([])
  })
})

describeEngines(testEngines, () => {
  const tensor = (x: Nested): tf.Tensor =>
    tf.tensor(fromNested(x).data as number[], [...fromNested(x).shape], 'float32')

  test.each(entries.map((entry) => [entry.id, entry] as const))('%s, in float32', async (_, entry) => {
    const args = argumentsOf(entry, tensor)
    const before = tf.memory().numTensors
    const found = bound[nameOf(entry.config.fn)]!(...args)
    const read = async (x: unknown): Promise<number[]> => {
      if (typeof x === 'number') return [x]
      if (x instanceof tf.Tensor) return [...(await x.data())]
      return (
        await Promise.all(
          Object.keys(x as object)
            .sort()
            .map((key) => read((x as never)[key])),
        )
      ).flat()
    }
    expect(far(await read(found), flat(entry.outputs.value))).toBeLessThanOrEqual(3e-6)
    if (typeof found === 'object') tf.dispose(found as tf.TensorContainer)
    expect(tf.memory().numTensors).toBe(before)
    expect(treeLeaves<unknown>(args[0] as never).every((x) => !(x instanceof tf.Tensor) || !x.isDisposed)).toBe(true)
  })

  test('what is left as it was has a handle of its own', async () => {
    const params = { w: tf.tensor1d([1, 2]) }
    const old = { w: tf.tensor1d([3, 4]) }
    const found = onTensors.periodicUpdate(params, old, { steps: 4, updatePeriod: 2 }) as { w: tf.Tensor }
    tf.dispose(params)
    expect([...(await found.w.data())]).toEqual([1, 2])
  })
})

describe('a function of trees refuses', () => {
  const x = new NumberArray([1], [1])
  test.each<[string, () => unknown, RegExp]>([
    ['trees of different structure', () => functions.treeAdd(numberLosses)({ a: x }, { b: x }), /expected/],
    [
      'a scale of 0',
      () => projections.projectionL2Ball(numberLosses)(x, { scale: 0 }),
      /scale: expected a number above 0, got 0/,
    ],
    [
      'an unknown option',
      () => projections.projectionSimplex(numberLosses)(x, { radius: 1 } as never),
      /radius: expected one of scale/,
    ],
    [
      'no number for b',
      () => projections.projectionHyperplane(numberLosses)(x, x, Number.NaN),
      /b: expected a finite number/,
    ],
    ['an order without a norm', () => functions.treeNorm(numberLosses)(x, { ord: 3 }), /ord: expected 1, 2/],
    [
      'a period of 0',
      () => functions.periodicUpdate(numberLosses)(x, x, { steps: 1, updatePeriod: 0 }),
      /updatePeriod/,
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message)
    expect(call).toThrow(ForegradError)
  })

  test('nothing of a tree without leaves', () => {
    expect(functions.treeSum(numberLosses)({}) as NumberArray).toMatchObject({ data: [0] })
    expect(functions.treeMax(numberLosses)([]) as NumberArray).toMatchObject({ data: [Number.NEGATIVE_INFINITY] })
    expect(treeMap(projections.projectionSimplex(numberLosses)({}), (leaf) => leaf)).toEqual({})
  })
})

describeEngines(testEngines.slice(0, 1), () => {
  test('clips by example refuse leaves that have not as many examples, and a norm below 0', () => {
    const { perExampleGlobalNormClip: whole, perExampleLayerNormClip: layers } = onTensors
    const grads = { w: tf.ones([3, 2]), b: tf.ones([2]) }
    expect(() => whole(grads, 1)).toThrow('grads.b: expected 3 examples along the first axis, got shape [2]')
    expect(() => layers({ w: tf.ones([3]), s: tf.scalar(1) }, 1)).toThrow('grads.s: expected 3 examples')
    expect(() => whole({ w: tf.ones([3]) }, -1)).toThrow('perExampleGlobalNormClip: l2NormClip')
    expect(() => layers({ w: tf.ones([3]) }, Number.NaN)).toThrow('perExampleLayerNormClip: globalL2NormClip')
    expect(() => layers({ w: tf.ones([3]) }, 1, { uniform: 1 } as never)).toThrow('perExampleLayerNormClip: uniform')
  })

  test('a gradient of 0 is not clipped, not even to 0', () => {
    const [sums, count] = onTensors.perExampleGlobalNormClip(
      [
        tf.tensor2d([
          [0, 0],
          [3, 4],
          [6, 8],
        ]),
      ],
      0,
    ) as [readonly tf.Tensor[], tf.Tensor]
    expect([[...sums[0]!.dataSync()], [...count.dataSync()]]).toEqual([[0, 0], [2]])
  })
})
