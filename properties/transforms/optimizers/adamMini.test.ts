/** Adam-mini against its authors' code, and what it promises. */
import { expect, test } from 'vitest'
import {
  type AdamMiniBlocks,
  type AdamMiniOptions,
  adamMini,
  adamw,
  float64,
  scaleByAdam,
  scaleByAdamMini,
  treeMap,
} from '../../../lib/index.ts'
import { distance } from '../../golden/golden.ts'
import { type Run, recorded, replays } from '../../golden/methods/replay.ts'

interface MiniRun extends Run<AdamMiniOptions> {
  readonly blocks: Readonly<Record<string, 'element' | 'leaf' | 'rows' | 'heads'>>
  readonly noDecay?: readonly string[]
}

const { runs, ...problem } = recorded<MiniRun>('adamMini')
const axesOf = { element: 'element', leaf: 'leaf', rows: [1] } as const
const build = ({ options, blocks, noDecay = [] }: MiniRun) =>
  adamMini(0.05, {
    ...options,
    blocks: ({ path }): AdamMiniBlocks => axesOf[blocks[String(path[0])] as 'rows'],
    mask: (params) =>
      treeMap(params as never, ({ path }: { path: readonly unknown[] }) => !noDecay.includes(path[0] as never)),
  })
replays('Adam-mini', { ...problem, runs: runs.filter(({ blocks }) => !Object.values(blocks).includes('heads')) }, build)

const heads = (m: readonly (readonly number[])[]) => [m.slice(0, 2), m.slice(2)]

test('heads are axes of a leaf: the recorded run of queries is replayed within 1e-10', () => {
  const run = runs.find(({ blocks }) => blocks.square === 'heads')!
  const of = (tree: unknown) => heads((tree as { readonly square: number[][] }).square)
  const reader = float64(adamMini(0.05, { ...run.options, blocks: () => [1, 2] }))
  let params: unknown = of(problem.start)
  let state = reader.init(params as never)
  run.params.forEach((expected, i) => {
    const made = reader.step(of(problem.grads[i]) as never, state, params as never)
    params = made.params
    state = made.state
    expect(distance(params, of(expected))).toBeLessThanOrEqual(1e-10)
  })
})

const g = [
  [1, -2, 0.5],
  [0.25, 3, -1],
]

test('with a block for every element it is adamw, bit for bit', () => {
  const run = (tx: Parameters<typeof float64>[0]) => {
    const reader = float64(tx)
    const first = reader.step(g, reader.init(g), g)
    return reader.step(
      g.map((row) => row.map((x) => x * x)),
      first.state,
      first.params as never,
    ).params
  }
  expect(run(adamMini(0.1, { blocks: () => 'element', weightDecay: 0.1 }))).toEqual(
    run(adamw(0.1, { weightDecay: 0.1 })),
  )
})

test('one block a leaf: the first direction has a root mean square of 1', () => {
  const reader = float64(scaleByAdamMini({ blocks: () => 'leaf', eps: 0 }))
  const u = reader.update(g, reader.init(g))[0] as number[][]
  expect(u.flat().reduce((sum, x) => sum + x * x, 0) / 6).toBeCloseTo(1, 12)
})

test('keeps one number an output where nothing is said, and Adam for vectors', () => {
  const reader = float64(scaleByAdamMini())
  expect((reader.init({ w: g, b: [1, 2] }) as { nu: unknown }).nu).toEqual({ w: [[0, 0, 0]], b: [0, 0] })
  const u = reader.update([1, -2], reader.init([1, 2]))[0]
  expect(u).toEqual(float64(scaleByAdam()).update([1, -2], float64(scaleByAdam()).init([1, 2]))[0])
})

test('blocks that a leaf has not got are refused by its path', () => {
  expect(() => float64(scaleByAdamMini({ blocks: () => [2] })).init({ w: g })).toThrow(
    'w: expected different axes of 2',
  )
  expect(() => float64(scaleByAdamMini({ blocks: () => 'rows' as never })).init({ w: g })).toThrow(
    "scaleByAdamMini: w: expected 'element', 'leaf' or a list of axes, got 'rows'",
  )
})
