/** Arguments that are none of the kind that a function asks for. */
import * as f from '../../../lib/index.ts'
import { toOptax } from '../../../lib/python.ts'
import { against, held, plain, type Row, weights } from '../row.ts'
import { cycle, deep, noFunctions } from '../values.ts'

const bad = (code: f.ErrorCode, ...paths: readonly string[]) => ({ code, paths }) as const
const three = (): Float64Array => new Float64Array(3)

const arrays: readonly Row[] = [
  ...against([[-1], [1.5], [Number.NaN], ['3'], new Array(1), null, undefined, 3, '3', {}, new Map()], (shape, name) =>
    plain(`ndarray: shape ${name}`, () => f.ndarray(three(), shape as never), bad('bad-argument', 'ndarray: shape')),
  ),
  ...[[2], [4], [1, 2], [3, 3], []].map((shape) =>
    plain(`ndarray: 3 numbers for [${shape}]`, () => f.ndarray(three(), shape), bad('bad-argument', 'ndarray')),
  ),
  ...against([null, undefined, 3, '3', [1, 2, 3], new Int32Array(3), new ArrayBuffer(24)], (data, name) =>
    plain(`ndarray: data ${name}`, () => f.ndarray(data as never, [3]), bad('bad-argument', 'ndarray: data')),
  ),
  plain('ndarray: both', () => f.ndarray(3 as never, -1 as never), {
    ...bad('bad-argument', 'ndarray: data', 'ndarray: shape'),
  }),
]

const printing: readonly Row[] = [
  ...against([3, '3', { w: 3 }, { w: [-1] }, [['3']]], (params, name) =>
    plain(`toOptax: params ${name}`, () => toOptax(f.scale(1), { params }), bad('bad-argument', 'toOptax: params')),
  ),
  ...against([3, '', '1x', 'a-b', 'lambda', null], (name, row) =>
    plain(`toOptax: name ${row}`, () => toOptax(f.scale(1), { name } as never), bad('bad-argument', 'toOptax: name')),
  ),
  ...against(['int32', 32, null], (dtype, name) =>
    plain(
      `toOptax: dtype ${name}`,
      () => toOptax(f.scale(1), { dtype } as never),
      bad('bad-argument', 'toOptax: dtype'),
    ),
  ),
  plain('toOptax: unknown', () => toOptax(f.scale(1), { shapes: [] } as never), bad('bad-argument', 'toOptax: shapes')),
]

const assignments: readonly Row[] = [
  ...against([1, null, undefined, 'x', {}, new Map(), Symbol('x'), () => []], (x, name) =>
    plain(
      `paramsFnFromAssignMap ${name}`,
      () => f.paramsFnFromAssignMap(x as never),
      bad('bad-hyperparameter', 'paramsFnFromAssignMap: assignments'),
    ),
  ),
  plain(
    'paramsFnFromAssignMap: rows that are none',
    () => f.paramsFnFromAssignMap([['.*', 1], [1, 2], 'x', ['a']] as never),
    bad('bad-hyperparameter', ...[1, 2, 3].map((i) => `paramsFnFromAssignMap: assignments[${i}]`)),
  ),
]

/** Values that are no seed, no key, no count of numbers. */
const noSeeds: readonly unknown[] = [-1, 0.5, Number.NaN, 2 ** 53, '1', null, undefined, 1n, [1], Symbol('x'), true]
const noKeys: readonly unknown[] = [
  ...[null, undefined, 1, 'ab', [], [1], [1, 2, 3], [-1, 0], [0.5, 0], [2 ** 32, 0], ['1', '2'], new Array(2), {}],
  Uint32Array.of(1, 2),
]
const key = f.seedKey(1)
const random: readonly Row[] = [
  ...against(noSeeds, (x, name) =>
    plain(`seedKey ${name}`, () => f.seedKey(x as never), bad('bad-hyperparameter', 'seedKey')),
  ),
  ...against(noSeeds, (x, name) =>
    plain(`foldIn: index ${name}`, () => f.foldIn(key, x as never), bad('bad-hyperparameter', 'foldIn: index')),
  ),
  ...against(noKeys, (x, name) =>
    plain(`foldIn: key ${name}`, () => f.foldIn(x as never, 1), bad('bad-hyperparameter', 'foldIn: key')),
  ),
  ...against(noKeys, (x, name) =>
    plain(`normals: key ${name}`, () => f.normals(x as never, 3), {
      code: 'bad-hyperparameter',
      paths: [],
      says: 'key',
    }),
  ),
  ...against(noKeys, (x, name) =>
    held(
      `normalTree: key ${name}`,
      () => {
        const like = weights()
        return { given: like, call: () => f.normalTree(x as never, like as never) }
      },
      bad('bad-hyperparameter', 'normals: key'),
    ),
  ),
]

/** Rules of one's own: what `rule` and its `update` must be. */
const spec = { name: 'mine', slots: {}, update: ({ g }: { readonly g: unknown }) => ({ u: g, next: {} }) }
const mine = (change: object) => f.rule({ ...spec, ...change } as never)
const rules: readonly Row[] = [
  ...against(noFunctions, (x, name) =>
    plain(`rule: update ${name}`, () => mine({ update: x }), { code: 'bad-rule', paths: [], says: 'update' }),
  ),
  ...against([null, undefined, 1, 'x', [], new Map(), Promise.resolve({}), { u: 1 }, { next: {} }], (x, name) =>
    plain(`rule: update that returns ${name}`, () => mine({ update: () => x }), {
      code: 'bad-rule',
      paths: [],
      says: 'mine',
    }),
  ),
  ...against([null, 1, 'x', { mu: 1 }, { mu: null }, { mu: {} }, new Map()], (slots, name) =>
    plain(`rule: slots ${name}`, () => mine({ slots }), { code: 'bad-rule', paths: [], says: 'slots' }),
  ),
  ...against([null, undefined, 1, '', {}], (x, name) =>
    plain(`rule: name ${name}`, () => mine({ name: x }), { code: 'bad-rule', paths: [], says: 'name' }),
  ),
]

const masks: readonly unknown[] = [null, undefined, 0, 'w', Symbol('w'), 1n, new Map(), Promise.resolve(true)]
const labels: readonly Row[] = [
  ...against(masks, (mask, name) =>
    plain(`masked: mask ${name}`, () => f.masked(f.scale(1), mask as never), bad('bad-hyperparameter', 'masked: mask')),
  ),
  ...against([cycle(), deep(), new Array(2)], (mask, name) =>
    held(
      `masked: mask ${name}`,
      () => {
        const params = weights()
        return { given: params, call: () => f.masked(f.trace({ decay: 0.9 }), mask as never).init(params) }
      },
      { code: 'tree-mismatch', paths: [], says: 'mask' },
    ),
  ),
]

/** States in which there is none of what is looked for. */
const noStates: readonly unknown[] = [
  null,
  undefined,
  0,
  'x',
  Symbol('x'),
  [],
  {},
  new Map(),
  { inner: {} },
  { ema: {} },
]
const finders: readonly Row[] = against(noStates, (x, name) =>
  plain(`emaParams ${name}`, () => f.emaParams(x), bad('bad-argument', 'emaParams: state')),
)

export const args: readonly Row[] = [...arrays, ...printing, ...assignments, ...random, ...rules, ...labels, ...finders]
