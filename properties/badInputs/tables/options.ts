/** Options that are no record, that nobody knows, or of another kind. */
import { isRecord } from '../../../lib/data/branch.ts'
import * as f from '../../../lib/index.ts'
import { against, donated, goodLoss, plain, type Row, weights } from '../row.ts'
import { noHypers, noOptions } from '../values.ts'

const optimizers = [
  ...(['acprop', 'adabelief', 'adadelta', 'adagrad', 'adam', 'adam3', 'adamax', 'adamaxw', 'adamw', 'adan'] as const),
  ...([
    'ademamix',
    'adopt',
    'amsgrad',
    'asgd',
    'adafactor',
    'cocob',
    'dadaptAdamw',
    'dog',
    'dowg',
    'fromage',
    'lamb',
    'laprop',
    'lars',
    'lion',
    'lionK',
  ] as const),
  ...([
    'madgrad',
    'adamuon',
    'adamMini',
    'scion',
    'soap',
    'galore',
    'shampoo',
    'kron',
    'apollo',
    'normuon',
    'marsM',
    'momo',
    'momoAdam',
    'muon',
    'noisySgd',
    'nadam',
    'nadamw',
    'novograd',
    'optimisticAdam',
    'optimisticGradientDescent',
    'prodigy',
    'radam',
  ] as const),
  ...([
    'rmsprop',
    'rprop',
    'sgd',
    'signSgd',
    'signum',
    'sm3',
    'simplifiedAdemamix',
    'sophia',
    'stableAdamw',
    'yogi',
  ] as const),
]
const rules = [
  ...(['scaleByAdam', 'scaleByAdamax', 'scaleByAdan', 'scaleByAmsgrad', 'scaleByBelief', 'scaleByLion'] as const),
  ...(['scaleByRms', 'scaleByRss', 'scaleByYogi', 'scaleByNovograd', 'scaleByTrustRatio', 'trace', 'ema'] as const),
  ...([
    'scaleByMuon',
    'scaleByShape',
    'scaleByAdamuon',
    'scaleByNormuon',
    'scaleByScion',
    'scaleBySoap',
    'scaleByGalore',
    'scaleByShampoo',
    'scaleByKron',
    'scaleByApollo',
    'scaleByAdamMini',
  ] as const),
]

type Make = (rate: never, options?: never) => unknown
const wrong = (paths: readonly string[]) => ({ code: 'bad-hyperparameter', paths }) as const
const name = (x: string, y: string): string => `${x} ${y}`

/** Keys that are options of nobody, also where a prototype knows them. */
const unknown: readonly unknown[] = [
  { nope: 1 },
  { constructor: 1 },
  { toString: undefined, hasOwnProperty: 1 },
  JSON.parse('{ "__proto__": 1 }'),
]

const byRun: Readonly<Record<string, (options: never) => unknown>> = {
  withGradient: (o) => f.withGradient(goodLoss, f.sgd(0.1), o),
  withLookaheadGradient: (o) => f.withLookaheadGradient(goodLoss, f.sgd(0.1, { predictSteps: 1 }), o),
  withPairedGradient: (o) => f.withPairedGradient(goodLoss, f.marsAdamw(0.1, { mode: 'exact' }), o),
  trainer: (o) => f.trainer(goodLoss, f.sgd(0.1), o),
  step: (o) => f.step(f.sgd(0.1), [], [] as never, [], o),
}

/** `donate` and `extra` of other kinds, where gradients and parameters are right and stay alive. */
const stepOptions: readonly (readonly [string, unknown, string])[] = [
  ...[1, 0, 'yes', null, {}, Symbol('x')].map((donate, i) => [`donate ${i}`, { donate }, 'step: donate'] as const),
  ...[1, 'x', null, true, new Map(), () => ({}), Promise.resolve({})].map(
    (extra, i) => [`extra ${i}`, { extra }, 'step: extra'] as const,
  ),
]

/** Those that find their step size take options alone. */
const found: readonly string[] = ['adafactor', 'cocob', 'dadaptAdamw', 'dog', 'dowg', 'momo', 'momoAdam', 'prodigy']

/** optax's adadelta may have no rate. */
const isTaken = (key: string, x: unknown): boolean =>
  ((key === 'adadelta' || key === 'adafactor') && x === null) || (found.includes(key) && isRecord(x))

export const options: readonly Row[] = [
  ...optimizers.flatMap((key) => {
    const make = f[key] as Make
    return [
      ...against(noOptions, (o, n) => plain(name(key, n), () => make(0.1 as never, o as never), wrong([key]))),
      ...unknown.map((o, i) =>
        plain(name(key, `unknown ${i}`), () => make(0.1 as never, o as never), {
          ...wrong(Object.keys(o as object).map((option) => `${key}: ${option}`)),
          says: 'an unknown option',
        }),
      ),
      ...against(
        noHypers.filter((x) => !isTaken(key, x)),
        (x, n) => plain(name(key, `learningRate ${n}`), () => make(x as never), wrong([`${key}: learningRate`])),
      ),
    ]
  }),
  ...rules.flatMap((key) => {
    const make = f[key] as (options: never) => unknown
    return [
      ...against(noOptions, (o, n) => plain(name(key, n), () => make(o as never), wrong([key]))),
      ...unknown.map((o, i) =>
        plain(
          name(key, `unknown ${i}`),
          () => make(o as never),
          wrong(Object.keys(o as object).map((option) => `${key}: ${option}`)),
        ),
      ),
    ]
  }),
  ...Object.entries(byRun).flatMap(([where, call]) => [
    ...against(noOptions, (o, n) =>
      plain(name(where, n), () => call(o as never), { code: 'bad-argument', paths: [where] }),
    ),
    ...unknown.map((o, i) =>
      plain(name(where, `unknown ${i}`), () => call(o as never), {
        code: 'bad-argument',
        paths: Object.keys(o as object).map((option) => `${where}: ${option}`),
      }),
    ),
  ]),
  ...stepOptions.map(([n, o, path]) =>
    donated(
      name('step', n),
      (donate) => {
        const tx = f.sgd(0.1, { momentum: 0.9 })
        const [grads, params] = [weights(), weights()]
        const state = tx.init(params)
        const call = () => f.step(tx, grads, state, params, { donate, ...(o as object) })
        return { given: { grads, params, state }, call }
      },
      { code: 'bad-argument', paths: [path] },
    ),
  ),
]
