import '../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  adamw,
  chain,
  clip,
  dispose,
  emaDecayWarmup,
  emaParams,
  explain,
  type GradientTransformation,
  identity,
  opaque,
  scale,
  sgd,
  step,
  switchEma,
  withGradient,
  withLookaheadGradient,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distance } from '../../../golden/golden.ts'
import recorded from '../../../golden/methods/switchEma.json' with { type: 'json' }
import { byUpdates, type Leaves, onNumbers, onTensors, quadratic, type Run, toNumbers } from '../runs.ts'

const { params0, loss, hyper } = recorded.inputs
const given = (params: Leaves, t: number) => ({
  grads: quadratic(loss.a, loss.b_per_step[(t - 1) % 3]!, params),
})
const inner = () => sgd(hyper.lr, { momentum: hyper.momentum })
const sema = switchEma(inner(), { decay: hyper.decay, switchEvery: hyper.switch_every })

interface EmaState {
  readonly count: number
  readonly ema: Leaves
  readonly inner: unknown
}

const replay = async (run: Run, tx: GradientTransformation, steps = recorded.outputs.sema): Promise<number> => {
  const { params, states } = await run(tx, params0, steps.length, given)
  return steps.reduce((most, wanted, i) => {
    const { ema } = states[i] as EmaState
    return Math.max(most, distance([params[i], ema], [wanted.params, wanted.ema]))
  }, 0)
}

/** The same by hand with tfjs ops: no rule, so nothing fuses. */
const byHand = (rate: number): GradientTransformation =>
  opaque({
    name: 'byHand',
    init: () => [],
    update: (updates, state) => [(updates as tf.Tensor[]).map((u) => tf.mul(u, -rate)), state],
  })

describe('switchEma', () => {
  test('replays the worked example within 1e-10', async () => {
    expect(await replay(onNumbers, sema)).toBeLessThanOrEqual(1e-10)
  })

  test('replays it through update and sum as well, up to rounding', async () => {
    expect(await replay(byUpdates, sema)).toBeLessThanOrEqual(1e-10)
  })

  test('without a period and a signal it is a plain average beside the run', async () => {
    const plain = recorded.outputs.plain_ema_no_switch
    expect(await replay(onNumbers, switchEma(inner(), { decay: hyper.decay }), plain)).toBeLessThanOrEqual(1e-10)
  })

  test('that never switches leaves the parameters to the inner optimizer, bit for bit', async () => {
    const runs = [switchEma(inner(), { decay: 0.8 }), inner()].map((tx) => onNumbers(tx, params0, 9, given))
    const [wrapped, plain] = await Promise.all(runs)
    expect(wrapped!.params).toEqual(plain!.params)
  })

  test('sets the parameters to the average exactly, and keeps the average', async () => {
    const tx = switchEma(adamw(0.1), { decay: 0.7, switchEvery: 3 })
    const { params, states } = await onNumbers(tx, params0, 9, given)
    for (const t of [3, 6, 9]) expect(params[t - 1]).toEqual((states[t - 1] as EmaState).ema)
    expect(params[3]).not.toEqual((states[3] as EmaState).ema)
  })

  test('with decay 0 a switch changes nothing', async () => {
    const runs = [switchEma(inner(), { decay: 0, switchEvery: 2 }), inner()].map((tx) =>
      onNumbers(tx, params0, 9, given),
    )
    const [wrapped, plain] = await Promise.all(runs)
    expect(distance(wrapped!.params, plain!.params)).toBeLessThan(1e-12)
  })

  test('that switches in every step scales the inner updates by 1 − decay', async () => {
    const decay = 0.8
    const runs = [switchEma(sgd(0.1), { decay, switchEvery: 1 }), sgd(0.1 * (1 - decay))].map((tx) =>
      onNumbers(tx, params0, 9, given),
    )
    const [wrapped, scaled] = await Promise.all(runs)
    expect(distance(wrapped!.params, scaled!.params)).toBeLessThan(1e-12)
  })

  test('keeps the average within the hull of the weights that were visited', async () => {
    const { params, states } = await onNumbers(sema, params0, 30, given)
    const visited: number[][] = [params0]
    states.forEach((state, t) => {
      const before = t === 0 ? params0 : (params[t - 1] as number[])
      const [{ trace }] = (state as { inner: [{ trace: number[] }] }).inner
      visited.push(before.map((p, i) => p - hyper.lr * trace[i]!))
      const { ema } = state as { ema: number[] }
      ema.forEach((x, i) => {
        const seen = visited.map((w) => w[i]!)
        expect(x).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-12)
        expect(x).toBeLessThanOrEqual(Math.max(...seen) + 1e-12)
      })
    })
  })

  test('leaves the inner state alone: the same gradients give the same moments', async () => {
    const same = (_: Leaves, t: number) => ({ grads: [Math.sin(t), Math.cos(t), 1 / t] })
    const [wrapped, plain] = await Promise.all([
      onNumbers(switchEma(adamw(0.1), { decay: 0.5, switchEvery: 2 }), params0, 6, same),
      onNumbers(adamw(0.1), params0, 6, same),
    ])
    expect(wrapped.states.map((state) => (state as EmaState).inner)).toEqual(plain.states)
  })

  test('the signal switchNow is the end of an epoch', async () => {
    const tx = switchEma(inner(), { decay: hyper.decay })
    const run = await onNumbers(tx, params0, 6, (params, t) => ({
      ...given(params, t),
      extra: { switchNow: t % hyper.switch_every === 0 },
    }))
    expect(run.params).toEqual((await onNumbers(sema, params0, 6, given)).params)
  })

  test('switches only from start to end', async () => {
    const tx = switchEma(inner(), { decay: 0.8, switchEvery: 2, start: 3, end: 6 })
    const { params, states } = await onNumbers(tx, params0, 10, given)
    const switched = states.flatMap((state, i) => (distance(params[i], (state as EmaState).ema) === 0 ? [i + 1] : []))
    expect(switched).toEqual([4, 6])
  })

  test('updates the average every updateInterval steps', async () => {
    const tx = switchEma(inner(), { decay: 0.8, updateInterval: 3 })
    const { states } = await onNumbers(tx, params0, 7, given)
    const emas = [params0, ...states.map((state) => (state as EmaState).ema)]
    const changed = emas.flatMap((ema, t) => (t > 0 && distance(ema, emas[t - 1]) > 0 ? [t] : []))
    expect(changed).toEqual([3, 6])
  })

  test('warms its decay up by emaDecayWarmup', async () => {
    const warmup = { iterations: 4, kind: 'exp' } as const
    const [byOption, bySchedule] = await Promise.all([
      onNumbers(switchEma(inner(), { decay: 0.8, warmup }), params0, 6, given),
      onNumbers(switchEma(inner(), { decay: emaDecayWarmup({ decay: 0.8, ...warmup }) }), params0, 6, given),
    ])
    expect(byOption.states).toEqual(bySchedule.states)
  })

  test('must be the outermost of a chain', () => {
    expect(() => chain(sema, scale(2))).toThrow('must be the outermost')
    expect(() => chain(switchEma(byHand(0.1)), scale(2))).toThrow('must be the outermost')
    expect(() => chain(switchEma(byHand(0.1)), byHand(2))).toThrow('wrap the whole chain in switchEma')
    expect(() => chain(sema, byHand(2))).toThrow('wrap the whole chain')
  })

  test('may stand at the end of a chain, and before the empty chain', async () => {
    const [outside, atEnd, before] = await Promise.all([
      onNumbers(switchEma(chain(clip(0.5), inner()), { decay: 0.8, switchEvery: 2 }), params0, 6, given),
      onNumbers(chain(clip(0.5), switchEma(inner(), { decay: 0.8, switchEvery: 2 })), params0, 6, given),
      onNumbers(chain(chain(clip(0.5), sema), identity()), params0, 6, given),
    ])
    expect(atEnd.params).toEqual(outside.params)
    expect(before.params).toEqual(outside.params)
  })

  test('may wrap itself: the outer average is of the weights that the inner one sets', async () => {
    const once = await onNumbers(sema, params0, 6, given)
    const twice = await onNumbers(switchEma(sema, { decay: 0.5 }), params0, 6, given)
    expect(twice.params).toEqual(once.params)
    const wanted = once.params.reduce<number[]>(
      (ema, w) => ema.map((x, i) => 0.5 * x + 0.5 * (w as number[])[i]!),
      params0,
    )
    expect(distance((twice.states[5] as EmaState).ema, wanted)).toBeLessThan(1e-14)
  })

  test('refuses a decay above 1, a period of 0 and a warm-up beside a schedule', () => {
    expect(() => switchEma(inner(), { decay: 1.5 })).toThrow('switchEma: decay: expected a number from 0 to 1')
    expect(() => switchEma(inner(), { switchEvery: 0 })).toThrow('switchEma: switchEvery: expected an integer from 1')
    expect(() => switchEma(inner(), { decay: () => 0.9, warmup: { iterations: 3 } })).toThrow('nothing beside')
  })
})

describe('emaParams', () => {
  test('finds the average in a state, in a chain’s state and in a train state', () => {
    const state = { count: 1, ema: [1, 2], inner: [] }
    for (const x of [state, [{ count: 0 }, state], { params: [0, 0], state }]) expect(emaParams(x)).toEqual([1, 2])
  })

  test('says what to give where there is none', () => {
    expect(() => emaParams([{ count: 0 }])).toThrow('expected a state of switchEma')
  })
})

describe('emaDecayWarmup', () => {
  const { momentum: decay, ratio, warmup_iters: iterations, ...curves } = recorded.ema_decay_warmup
  test.each(['constant', 'linear', 'exp'] as const)('%s is the recorded curve', (kind) => {
    const warmup = emaDecayWarmup({ decay, ratio, iterations, kind })
    expect(
      distance(
        curves[kind].map((_, i) => warmup(i)),
        curves[kind],
      ),
    ).toBeLessThan(1e-12)
  })
})

describeEngines(testEngines, ({ name }) => {
  test('switchEma replays the worked example within 3e-4', async () => {
    expect(await replay(onTensors, sema)).toBeLessThanOrEqual(3e-4)
  })

  test('it is the inner optimizer’s own pass, with the average as the only streams more', () => {
    const [plain, wrapped] = [adamw(0.1), switchEma(adamw(0.1), { switchEvery: 10 })].map((tx) => explain(tx))
    expect(wrapped!.passes.length).toBe(1)
    expect(wrapped!.bytesPerParam - plain!.bytesPerParam).toBe(8)
    expect(wrapped!.fused).toBe(name !== 'tensors')
  })

  const start = () => ({
    w: tf.tensor([0.3, -1.7, 2.2, 1e-3, 5]),
    b: tf.tensor([
      [1e4, 3],
      [0.1, -7],
    ]),
  })
  const squares = (params: { w: tf.Tensor; b: tf.Tensor }) =>
    tf.tidy(() => tf.sum(tf.square(tf.concat([params.w, tf.reshape(params.b, [-1])]))) as tf.Scalar)

  test.each(['fused', 'behind an opaque stage'])('%s, the parameters are the average bit for bit', async (how) => {
    const base: GradientTransformation = how === 'fused' ? adamw(0.01) : chain(byHandTree(), adamw(0.01))
    const tx = switchEma(base, { decay: 0.9, switchEvery: 2 })
    const trainer = withGradient(squares, tx, { donate: true })
    let train = trainer.init(start())
    for (let t = 1; t <= 6; t++) {
      const next = trainer.step(train)
      next.value.dispose()
      train = next.train
      const [params, ema] = [await toNumbers(train.params), await toNumbers(emaParams(train.state))]
      if (t % 2 === 0) expect(params).toEqual(ema)
      else expect(params).not.toEqual(ema)
    }
    dispose(train)
  })

  test('the forecast starts from the average that the parameters were set to', async () => {
    const tx = switchEma(adamw(0.01, { predictSteps: 2 }), { decay: 0.9, switchEvery: 1 })
    const trainer = withLookaheadGradient(squares, tx)
    const before = trainer.init(start())
    const { train, value } = trainer.step(before)
    const params = train.params
    const ahead = (await toNumbers(train.ahead)) as { w: number[] }
    const now = (await toNumbers(params)) as { w: number[] }
    expect(now).toEqual(await toNumbers(emaParams(train.state)))
    const was = [0.3, -1.7, 2.2, 1e-3, 5]
    // Adam's first direction is the sign of the gradient; two steps ahead of the average.
    expect(
      distance(
        ahead.w,
        now.w.map((x, i) => x - 0.02 * Math.sign(was[i]!)),
      ),
    ).toBeLessThan(1e-4)
    dispose([before, train, value])
  })

  test('through update it is the same up to rounding', async () => {
    const params = start()
    const tx = switchEma(adamw(0.01), { decay: 0.9, switchEvery: 1 })
    const [state, grads] = [tx.init(params), start()]
    const exact = step(tx, grads, state, params)
    const [updates] = tx.update(grads, state, params)
    const sums = {
      w: tf.add(params.w, (updates as typeof params).w),
      b: tf.add(params.b, (updates as typeof params).b),
    }
    expect(distance(await toNumbers(sums), await toNumbers(exact.params))).toBeLessThan(1e-6)
    dispose([params, state, grads, exact, updates, sums])
  })
})

/** An opaque stage that changes nothing. */
const byHandTree = (): GradientTransformation =>
  opaque({ name: 'asItIs', init: () => [], update: (updates, state) => [updates, state] })
