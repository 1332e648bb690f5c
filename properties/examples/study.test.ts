import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mlp } from '../../examples/models/mlp.ts'
import type { Model } from '../../examples/models/model.ts'
import { foldIn, normals, seedKey, uniforms } from '../../examples/models/random.ts'
import { accuracy, type Cell, costRatio, equalTimeScore, family, finalScore } from '../../examples/study/analysis.ts'
import type { OpenTask } from '../../examples/study/openTask.ts'
import { page } from '../../examples/study/page.ts'
import { duringPicture, forestPicture } from '../../examples/study/pictures.ts'
import { byKey, judgingSeeds, type Plan, primaryTasks, runsOf, tuned, tuningSeeds } from '../../examples/study/plan.ts'
import { registered } from '../../examples/study/registered.ts'
import { reportOf } from '../../examples/study/reportOf.ts'
import { aheads, isJudged, keyOf, type Result, type Run } from '../../examples/study/runs.ts'
import { estimate, holm, pairedDifference } from '../../examples/study/statistics.ts'
import { taskNamed } from '../../examples/study/tasks.ts'
import { train } from '../../examples/study/train.ts'
import { answer, words } from '../../examples/study/words.ts'
import { adamw, cosineDecaySchedule, dispose, type Params, useBackend, withGradient } from '../../lib/index.ts'
import '../../lib/gradients.ts'

const plan: Plan = { primaryOnly: true, quick: false }

describe('statistics', () => {
  test('an interval is as wide as the textbook says', () => {
    const { mean, low, high, count } = estimate([1, 2, 3, 4, 5])
    expect([mean, count]).toEqual([3, 5])
    expect(high - mean).toBeCloseTo((2.77645 * Math.sqrt(2.5)) / Math.sqrt(5), 4)
    expect(mean - low).toBeCloseTo(high - mean, 12)
  })

  // Student 1908: the extra hours of sleep of ten patients by two drugs; t = 4.062, p = 0.00283 (R's t.test, paired).
  test('Student’s own pairs give Student’s p', () => {
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    const { mean, low, high, p } = pairedDifference(second, first)
    expect(mean).toBeCloseTo(1.58, 12)
    expect(p).toBeCloseTo(0.00283289, 7)
    expect([low, high].map((x) => Number(x.toFixed(4)))).toEqual([0.7001, 2.4599])
  })

  test('one value has no interval, and equal values are certain', () => {
    expect(estimate([2])).toEqual({ mean: 2, low: Number.NaN, high: Number.NaN, p: Number.NaN, count: 1 })
    expect(estimate([0, 0, 0]).p).toBe(1)
    expect(estimate([0.1, 0.1, 0.1])).toMatchObject({ mean: 0.1, low: 0.1, high: 0.1, p: 0 })
  })

  test('unequal lists do not pair', () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow('expected as many values as others, got 2 and 1')
  })

  // R: p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") and out of order.
  test('Holm’s correction is R’s', () => {
    expect(holm([0.01, 0.02, 0.03, 0.04]).map((p) => Number(p.toFixed(6)))).toEqual([0.04, 0.06, 0.06, 0.06])
    expect(holm([0.04, 0.01, 0.6]).map((p) => Number(p.toFixed(6)))).toEqual([0.08, 0.03, 0.6])
    expect(holm([])).toEqual([])
  })
})

/** What a training would say: `gain` points of accuracy over 90, and what seed and chance add. */
const made = (run: Run, gain: number, chance: number): Result => {
  const shared = normals(foldIn(seedKey(run.seed), 7), 1)[0]!
  const score = (points: number) => ({ loss: 2 - points / 50, accuracy: (90 + shared + points + chance) / 100 })
  const test = [score(gain - 0.2), score(gain - 0.1), score(gain)] as const
  return {
    ...run,
    setup: taskNamed(run.task).setup,
    curve: [2.5, 2.2, 2.1, 2 + Math.abs(Math.log(run.rate / 0.01)) - gain / 50],
    validation: { loss: 2 + Math.abs(Math.log(run.rate / 0.01)) - gain / 50, accuracy: 0.9 },
    ...(isJudged(run) && { test }),
    stepMs: 10 + 0.1 * run.ahead,
  }
}

/** Results of every training of the plan, in the order in which they come in. */
const everything = (gainOf: (run: Run) => number, deviation: number, world = 0): readonly Result[] => {
  const noise = normals(foldIn(seedKey(99), world), 1000, deviation)
  const tuning = runsOf(plan, new Map()).filter((run) => !Number.isNaN(run.rate))
  const first = tuning.map((run) => made(run, 0, 0))
  const judging = runsOf(plan, byKey(first)).filter(isJudged)
  return [...first, ...judging.map((run, i) => made(run, gainOf(run), noise[i]!))]
}

describe('the plan', () => {
  test('is the one that was committed', () => {
    const bytes = readFileSync('docs/study/plan.md')
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(registered.sha256)
  })

  test('says the rates and seeds that the program has', () => {
    const text = readFileSync('docs/study/plan.md', 'utf8')
    for (const task of primaryTasks) {
      const { title, rates } = taskNamed(task)
      expect(text).toContain(`| ${title} | ${rates.join(', ')} |`)
    }
    expect(judgingSeeds(plan)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(tuningSeeds(plan).filter((seed) => judgingSeeds(plan).includes(seed))).toEqual([])
  })

  test('has the default rate among the rates, and the others in steps of about 1.6', () => {
    for (const task of primaryTasks) {
      const [first, ...grid] = taskNamed(task).rates
      expect(first).toBe(0.001)
      expect(grid).toHaveLength(5)
      for (const [i, rate] of grid.slice(1).entries()) expect(rate / grid[i]!).toBeCloseTo(1.6, 1)
    }
  })

  test('judges at no rate that is not chosen yet, and tunes by the validation part only', () => {
    const before = runsOf(plan, new Map())
    expect(before.filter(isJudged).every(({ rate }) => Number.isNaN(rate))).toBe(true)
    const results = everything(() => 0, 0.1)
    expect(results.filter((result) => !isJudged(result)).every(({ test }) => test === undefined)).toBe(true)
    expect(results.filter(isJudged)).toHaveLength(3 * 4 * 20)
    const choice = { task: 'digits', optimizer: 'adamw', ahead: 2 } as const
    expect(tuned(choice, plan, byKey(results)).best).toBe(0.01)
    const lost = results.find((result) => result.part === 'tuning' && result.ahead === 2)!
    expect(tuned(choice, plan, byKey(results.filter((result) => result !== lost))).best).toBeUndefined()
  })

  test('takes no rate at which a training diverged', () => {
    const results = everything(() => 0, 0.1).map((result): Result => {
      const { validation, ...rest } = result
      return validation && result.part === 'tuning' && result.rate === 0.01 && result.seed === 102 ? rest : result
    })
    expect(tuned({ task: 'digits', optimizer: 'adamw', ahead: 0 }, plan, byKey(results)).best).not.toBe(0.01)
  })

  test('names every training once', () => {
    const runs = runsOf({ primaryOnly: false, quick: false }, byKey(everything(() => 0, 0.1)))
    const known = runs.filter(({ rate }) => !Number.isNaN(rate))
    expect(new Set(known.map((run) => keyOf(run))).size).toBe(known.length)
  })
})

describe('the analysis', () => {
  const planted = (run: Run): number => (run.task === 'transformer' && run.ahead === 2 ? 0.8 : 0)

  test('finds a planted effect, and no other', () => {
    const report = reportOf(plan, everything(planted, 0.3))!
    const found = report.accuracies.filter(({ verdict }) => verdict !== 'open')
    expect(found.map(({ task, ahead, verdict }) => [task.name, ahead, verdict])).toEqual([['transformer', 2, 'better']])
    expect(found[0]!.difference.low).toBeLessThan(0.8)
    expect(found[0]!.difference.high).toBeGreaterThan(0.8)
    expect(answer(report)).toMatch(
      /^Here looking ahead helps AdamW's final test accuracy: it is better in 1 of 9 comparisons \(Book, transformer, s = 2: \+0\.\d+ points\)/,
    )
    expect(words(report).split('\n\n')).toHaveLength(2)
  })

  test('says worse where it is worse, and nothing where there is nothing', () => {
    const worse = reportOf(
      plan,
      everything((run) => -planted(run), 0.3),
    )!
    expect(answer(worse)).toContain("hurts AdamW's final test accuracy")
    const none = reportOf(
      plan,
      everything(() => 0, 0.3),
    )!
    expect(answer(none)).toContain("makes no difference to AdamW's final test accuracy")
  })

  /** Cells of chance alone, but for `gain` at s = 2 of the first. */
  const world = (number: number, gain: number): readonly Cell[] => {
    const noise = normals(foldIn(seedKey(5), number), 3 * 4 * 20)
    return primaryTasks.map((task, t) => {
      const runs = (ahead: number) =>
        judgingSeeds(plan).map((seed, i) => {
          const run: Run = {
            part: 'judging',
            task,
            optimizer: 'adamw',
            ahead,
            rate: 0.01,
            seed,
            steps: 1,
            batch: 1,
            width: 1,
          }
          return made(run, t === 0 && ahead === 2 ? gain : 0, noise[(t * 4 + ahead) * 20 + i]!)
        })
      return { task: taskNamed(task), seeds: judgingSeeds(plan), diverged: [], runs }
    })
  }

  // 300 worlds: five in a hundred may hold a false finding, 15 ± 3.8; three deviations more are 27.
  test('errs in no more than one of twenty studies without an effect', () => {
    const wrong = Array.from({ length: 300 }, (_, i) => family(world(i, 0), accuracy)).filter((all) =>
      all.some(({ verdict }) => verdict !== 'open'),
    )
    expect(wrong.length).toBeLessThanOrEqual(27)
    expect(wrong.length).toBeGreaterThan(0)
  })

  // The differences have deviation √2: a gain of 2 is 1.41 of them. At p < 0.05 / 9, t of 19 degrees of freedom is found beyond
  // 3.13, and the non-central t of 6.32 lies beyond that in 99.8 % of worlds.
  test('finds an effect of 1.4 deviations in nearly all studies', () => {
    const found = Array.from({ length: 100 }, (_, i) => family(world(i, 2), accuracy)[1]!).filter(
      ({ verdict }) => verdict === 'better',
    )
    expect(found.length).toBeGreaterThanOrEqual(96)
  })

  test('compares pairs, whatever the seeds share', () => {
    const [cell] = world(0, 2)
    const values = (ahead: number) => cell!.runs(ahead).map((result) => 100 * finalScore(result).accuracy)
    const { difference } = family([cell!], accuracy)[1]!
    expect(difference.mean).toBeCloseTo(estimate(values(2)).mean - estimate(values(0)).mean, 10)
  })

  test('holds a step that costs more against the forecast', () => {
    const [cell] = world(0, 0)
    expect(costRatio(cell!, 2)).toBeCloseTo(1.02, 10)
    const [run] = cell!.runs(2)
    expect(equalTimeScore(run!, cell!)).toBe(run!.test![1])
    const dear = (share: number): Cell => ({
      ...cell!,
      runs: (s) => cell!.runs(s).map((own) => ({ ...own, stepMs: s === 0 ? 1 : share })),
    })
    expect(equalTimeScore(run!, dear(1.03))).toBe(run!.test![0])
    expect(equalTimeScore(run!, dear(1.06))).toBeUndefined()
  })

  test('leaves out, aloud, a seed of which a training diverged or is missing', () => {
    const results = everything(planted, 0.3)
      .filter(({ part, task, seed, ahead }) => !(part === 'judging' && task === 'lstm' && seed === 4 && ahead === 1))
      .map((result): Result => {
        const { test: _, validation: __, ...rest } = result
        return result.part === 'judging' && result.task === 'digits' && result.seed === 9 && result.ahead === 3
          ? rest
          : result
      })
    const report = reportOf(plan, results)!
    expect(report.cells.map(({ seeds }) => seeds.length)).toEqual([19, 19, 20])
    expect(report.cells[0]!.diverged).toEqual([9])
    const text = page(report, { folder: 'study', results: 'runs.jsonl' })
    expect(text).toContain('Left out, as a training diverged: Digits, residual CNN seed 9.')
    expect(text).toContain(
      '**Preliminary: not every training is in.** Tuning: 216 of 216 trainings; judging: 239 of 240.',
    )
  })
})

describe('the page', () => {
  const report = reportOf(
    plan,
    everything((run) => 0.3 * run.ahead, 0.3),
  )!

  test('answers in its first sentence, and holds no number that is none', () => {
    const text = page(report, { folder: 'study', results: 'runs.jsonl' })
    expect(text.split('\n\n')[1]).toBe(answer(report))
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
    expect(text).toContain(registered.commit.slice(0, 12))
  })

  test('shows every comparison as a line with its interval', () => {
    const picture = forestPicture(report)
    expect(picture.match(/stroke-width="2"/g)).toHaveLength(9)
    expect(picture).not.toContain('NaN')
    expect(duringPicture(report).match(/stroke-width="2"/g)).toHaveLength(36)
  })

  test('does not exist where there is nothing, and says that nothing is judged where that is so', () => {
    expect(reportOf(plan, [])).toBeUndefined()
    const tuning = reportOf(
      plan,
      everything(() => 0, 0.3).filter((result) => !isJudged(result)),
    )!
    const text = page(tuning, { folder: 'study', results: 'runs.jsonl' })
    expect(text).toContain('So far there are too few trainings to say whether looking ahead helps AdamW.')
    expect(text).toContain('judging: 0 of 240')
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('a training', () => {
  beforeAll(async () => {
    await useBackend({ prefer: ['wasm'] })
  })
  afterAll(() => tf.engine().reset())

  const model = mlp({ widths: [16, 8, 4] })
  const batch = (seed: number, step: number) => {
    const values = uniforms(foldIn(seedKey(seed), step), 6 * 16)
    return {
      inputs: tf.tensor2d(Float32Array.from(values), [6, 16]),
      targets: tf.tensor1d(
        Array.from({ length: 6 }, (_, i) => Math.floor(4 * values[i * 16]!)),
        'int32',
      ),
    }
  }
  const task: OpenTask = {
    model: model as unknown as Model<Params>,
    batch,
    validation: () => [batch(99, 0), batch(99, 1)],
    test: () => [batch(98, 0)],
  }
  const run: Run = {
    part: 'judging',
    task: 'digits',
    optimizer: 'adamw',
    ahead: 0,
    rate: 0.05,
    seed: 3,
    steps: 40,
    batch: 1,
    width: 1,
  }

  test('with s = 0 is the plain optimizer', () => {
    const rate = cosineDecaySchedule({ initValue: 0.05, decaySteps: 40 })
    const trainer = withGradient(model.loss, adamw(rate, { weightDecay: 0.01 }))
    let state = trainer.init(model.init(3))
    for (let step = 0; step < 40; step++) {
      const { inputs, targets } = batch(3, step)
      state = trainer.step(state, inputs, targets).train
    }
    const { inputs, targets } = batch(98, 0)
    const [loss] = model.loss(state.params, inputs, targets).dataSync()
    const scores = tf.argMax(model.logits(state.params, inputs), 1).dataSync()
    const right = targets.dataSync().filter((label, i) => label === scores[i]).length / 6
    const { test: tested } = train(run, task)
    expect(tested![2]).toEqual({ loss: Number(loss!.toPrecision(6)), accuracy: Number(right.toPrecision(6)) })
    dispose(state)
  })

  test('looks ahead as far as it is told', () => {
    const losses = aheads.map((ahead) => train({ ...run, ahead }, task).validation!.loss)
    expect(new Set(losses).size).toBe(aheads.length)
  })

  test('reads the validation part four times, the test only where it judges, and leaves no tensor', () => {
    train(run, task)
    const before = tf.memory().numTensors
    const judged = train(run, task)
    const tuning = train({ ...run, part: 'tuning' }, task)
    expect(tf.memory().numTensors).toBe(before)
    expect([judged.curve.length, judged.test!.length, tuning.test]).toEqual([4, 3, undefined])
    expect(tuning.curve).toEqual(judged.curve)
    expect(judged.curve[3]).toBe(judged.validation!.loss)
  })

  test('that diverges has no final scores', () => {
    const result = train({ ...run, optimizer: 'sgdm', rate: 1e30 }, task)
    expect([result.validation, result.test]).toEqual([undefined, undefined])
    expect(result.curve.every(Number.isFinite)).toBe(true)
  })
})
