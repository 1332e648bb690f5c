import { describe, expect, test } from 'vitest'
import { adamw, float64, type GradientTransformation } from '../../lib/index.ts'
import { distance, type WorkedStep, weightPrediction, xgradBases } from './golden.ts'

const { adamw_weight_prediction: awp, xgrad } = weightPrediction
const { params0, loss } = xgrad.inputs

/** The largest distance from the recorded parameters, predicted parameters and gradients. */
const replay = (tx: GradientTransformation, steps: readonly WorkedStep[]): number => {
  const reader = float64(tx)
  let params: readonly number[] = params0
  let ahead = params
  let state = reader.init(params)
  let most = 0
  steps.forEach((recorded, t) => {
    const gradient = ahead.map((w, i) => loss.a[i]! * (w - loss.b_per_step[t]![i]!))
    most = Math.max(most, distance(ahead, recorded.predicted_params), distance(gradient, recorded.grad_at_predicted))
    const next = reader.step(gradient, state, params)
    state = next.state
    params = next.params as readonly number[]
    ahead = (next.ahead ?? params) as readonly number[]
    most = Math.max(most, distance(params, recorded.params))
  })
  return most
}

describe('AdamW with weight prediction replays the worked example within 1e-10', () => {
  test.each([0, 1, 2])('%i steps ahead', (s) => {
    const tx = adamw(0.1, { weightDecay: 0.01, predictSteps: s })
    expect(replay(tx, awp.outputs[`s=${s}`]!)).toBeLessThanOrEqual(1e-10)
  })
})

describe('XGrad replays the worked example within 1e-10', () => {
  test('every optimizer of the recording is tested', () => {
    expect(Object.keys(xgradBases)).toEqual(Object.keys(xgrad.outputs))
  })

  test.each(Object.entries(xgradBases))('%s', (name, tx) => {
    expect(replay(tx, xgrad.outputs[name]!.steps)).toBeLessThanOrEqual(1e-10)
  })
})
