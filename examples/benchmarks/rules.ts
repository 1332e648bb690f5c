import { adamw, chain, clipByGlobalNorm, type GradientTransformation, lamb, sgd } from '../../lib/index.ts'

type Rules = Readonly<Record<string, () => GradientTransformation>>

/** The rules that are timed, by name, at a learning rate. */
export const rulesAt = (rate: number): Rules => ({
  'sgd with momentum': () => sgd(rate, { momentum: 0.9 }),
  adamw: () => adamw(rate),
  'adamw + prediction': () => adamw(rate, { predictSteps: 1 }),
  'clip + adamw': () => chain(clipByGlobalNorm(1), adamw(rate)),
  lamb: () => lamb(rate),
})

/** So small that nothing comes to rest in however many steps: near rest numbers become subnormal, and those are slow. */
export const rate = 1e-6

export const rules = rulesAt(rate)
