import { adam, adamw, type GradientTransformation, type Hyper, sgd } from '../../lib/index.ts'

export interface Choice {
  /** Where a cosine decay starts that suits a small network and these digits. */
  readonly learningRate: number
  readonly make: (learningRate: Hyper, predictSteps: number) => GradientTransformation<unknown>
}

/** What `--optimizer` chooses from. */
export const optimizers: Readonly<Record<string, Choice>> = {
  adamw: { learningRate: 2e-3, make: (lr, predictSteps) => adamw(lr, { weightDecay: 1e-2, predictSteps }) },
  adam: { learningRate: 2e-3, make: (lr, predictSteps) => adam(lr, { predictSteps }) },
  sgd: { learningRate: 5e-2, make: (lr, predictSteps) => sgd(lr, { momentum: 0.9, predictSteps }) },
}
