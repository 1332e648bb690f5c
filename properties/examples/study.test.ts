import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseFlags } from '../../examples/flags.ts'
import { mlp } from '../../examples/models/mlp.ts'
import type { Model } from '../../examples/models/model.ts'
import { foldIn, seedKey, uniforms } from '../../examples/models/random.ts'
import { bestRate, cellsOf, lossAt, lossDifference, stepsTo, timeDifference } from '../../examples/study/analysis.ts'
import { command, toFlags } from '../../examples/study/flags.ts'
import type { OpenTask } from '../../examples/study/openTask.ts'
import {
  aheads,
  fullPlan,
  type Job,
  jobsOf,
  keyOf,
  type Plan,
  type Result,
  remaining,
  runsOf,
  taskNamed,
} from '../../examples/study/runs.ts'
import { estimate, median, pairedDifference, tQuantile, verdict } from '../../examples/study/statistics.ts'
import { openStore, StoreError } from '../../examples/study/store.ts'
import { checkpoints, train } from '../../examples/study/train.ts'
import { words } from '../../examples/study/words.ts'
import { adam, cosineDecaySchedule, dispose, type Params, useBackend, withGradient } from '../../lib/index.ts'
import '../../lib/gradients.ts'

const folder = mkdtempSync(join(tmpdir(), 'study-'))

describe('statistics', () => {
  // Any table of Student's t, two-sided 95 %.
  test.each([
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [4, 2.77645],
    [9, 2.26216],
    [30, 2.04227],
    [120, 1.97993],
  ])('t of %i degrees of freedom is %f', (degrees, t) => {
    expect(tQuantile(degrees)).toBeCloseTo(t, 4)
  })

  test('an interval is as wide as the textbook says', () => {
    const { mean, half, count } = estimate([1, 2, 3, 4, 5])
    expect([mean, count]).toEqual([3, 5])
    expect(half).toBeCloseTo((2.77645 * Math.sqrt(2.5)) / Math.sqrt(5), 4)
  })

  test('one value has no interval, and decides nothing', () => {
    expect(estimate([2])).toEqual({ mean: 2, half: Number.NaN, count: 1 })
    expect(verdict(estimate([2]))).toBe('open')
  })

  test('a paired difference does not see what both share', () => {
    const shared = [10, -30, 55, 7]
    const difference = pairedDifference(
      shared.map((x, i) => x - 1 - 0.01 * i),
      shared,
    )
    expect(difference.mean).toBeCloseTo(-1.015, 10)
    expect(difference.half).toBeCloseTo(3.18245 * Math.sqrt(0.0005 / 3 / 4), 5)
    expect(verdict(difference)).toBe('better')
    expect(verdict(pairedDifference(shared, shared))).toBe('open')
  })

  test('unequal lists do not pair', () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow('expected as many values as others, got 2 and 1')
  })

  test('the median of an even number is the middle between two', () => {
    expect([median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 2.5])
  })
})

const made = (run: Partial<Result> & Pick<Result, 'rate' | 'ahead' | 'seed'>): Result => ({
  task: 'mlp',
  optimizer: 'adam',
  steps: taskNamed('mlp').steps,
  setup: taskNamed('mlp').setup,
  curve: [
    [0, 2],
    [200, 1],
    [400, 0.5],
  ],
  stepMs: 1,
  wallMs: 1,
  diverged: false,
  ...run,
})

describe('a curve', () => {
  const run = made({ rate: 0.01, ahead: 0, seed: 0 })

  test('is straight between two evaluations', () => {
    expect([0, 100, 200, 300, 400, 500].map((step) => lossAt(run, step))).toEqual([2, 1.5, 1, 0.75, 0.5, 0.5])
  })

  test('comes down to a loss at a step, or never', () => {
    expect([3, 1.5, 1, 0.6, 0.4].map((loss) => stepsTo(run, loss))).toEqual([0, 100, 200, 360, undefined])
  })
})

const plan: Plan = { tasks: ['mlp'], optimizers: ['adam'], seeds: 3, quick: false }

/**
 * Every training of the plan. Without `change` s = 1 ends 0.1 below s = 0, s = 2 above it, s = 3 now below, now above; with it
 * each step ahead changes the end by so much.
 */
const everything = (stepMs: (ahead: number) => number = () => 1, change?: number): readonly Result[] =>
  jobsOf(plan)
    .flatMap(runsOf)
    .map(({ rate, ahead, seed }) => {
      const mixed = [0, -0.1, 0.1, seed === 0 ? -0.1 : 0.1][ahead]!
      const end = 0.5 + 0.2 * seed + rate + (change === undefined ? mixed : change * ahead) * (1 + 0.01 * seed)
      const curve = [
        [0, 2],
        [taskNamed('mlp').steps, end],
      ] as const
      return made({ rate, ahead, seed, curve, stepMs: stepMs(ahead) })
    })

describe('the figures', () => {
  test('rest on the seeds for which nothing is missing', () => {
    const [, missing] = taskNamed('mlp').rates.adam
    const results = everything().filter(({ rate, ahead, seed }) => !(seed === 1 && ahead === 2 && rate === missing))
    expect(cellsOf(plan, results)[0]!.seeds).toEqual([0, 2])
    expect(cellsOf(plan, [])).toEqual([])
  })

  test('leave out results of other sizes', () => {
    const results = everything().map((result) => ({ ...result, setup: 'other' }))
    expect(cellsOf(plan, results)).toEqual([])
  })

  test('take the best rate, and none at which a training diverged', () => {
    const [lowest, next] = taskNamed('mlp').rates.adam
    expect(bestRate(cellsOf(plan, everything())[0]!, 1)).toBe(lowest)
    const results = everything().map((result) => ({
      ...result,
      diverged: result.rate === lowest && result.ahead === 1 && result.seed === 2,
    }))
    expect(bestRate(cellsOf(plan, results)[0]!, 1)).toBe(next)
  })

  test('pair the seeds', () => {
    const [cell] = cellsOf(plan, everything())
    const rate = bestRate(cell!, 0)
    const verdicts = [1, 2, 3].map((ahead) => verdict(lossDifference(cell!, ahead, rate, rate)))
    expect(verdicts).toEqual(['better', 'worse', 'open'])
  })

  test('charge the forecast with what it costs where the time is equal', () => {
    const [cell] = cellsOf(
      plan,
      everything((ahead) => (ahead === 1 ? 2 : 1)),
    )
    // After all of the plain steps only half of its own: half of the way down.
    expect(timeDifference(cell!, 1, 1).mean).toBeGreaterThan(0.4)
    expect(timeDifference(cell!, 2, 1).mean).toBeCloseTo(0.101, 10)
  })

  test('are what the words say', () => {
    const text = words(cellsOf(plan, everything()))
    expect(text).toContain('The forecast cut both ways with `adam`.')
    expect(text).toMatch(
      /clearly changed in 2 of 3 comparisons: once for the better, by [\d.]+ % at most; once for the/,
    )
    expect(text).toContain('Try s = 1 with `adam`.')
    expect(text.split('\n\n')).toHaveLength(2)
  })

  test.each([
    ['helped', -0.1, 'The forecast helped `adam`.', 'Try s = 3 with `adam`.'],
    ['hurt', 0.1, 'The forecast hurt `adam`.', 'Leave it off with `adam`.'],
    ['did nothing', 0, 'The forecast made no clear difference to `adam`.', 'Begin without it with `adam`'],
  ])('say it where the forecast %s', (_, change, effect, advice) => {
    const text = words(cellsOf(plan, everything(undefined, change)))
    expect(text).toContain(effect)
    expect(text).toContain(advice)
  })
})

describe('the results', () => {
  const results = [made({ rate: 0.01, ahead: 0, seed: 0 }), made({ rate: 0.01, ahead: 1, seed: 0 })]

  test('are found again', () => {
    const file = join(folder, 'a', 'kept.jsonl')
    openStore(file).append(results)
    expect(openStore(file).results()).toEqual(results)
  })

  test('lose a last line that was cut off, and nothing else', () => {
    const file = join(folder, 'cut.jsonl')
    openStore(file).append(results)
    appendFileSync(file, '{"task":"mlp","opt')
    const again = openStore(file)
    expect(again.results()).toEqual(results)
    again.append([made({ rate: 0.01, ahead: 2, seed: 0 })])
    expect(openStore(file).results()).toHaveLength(3)
  })

  test('name the line that is none', () => {
    const file = join(folder, 'wrong.jsonl')
    writeFileSync(file, `${JSON.stringify(results[0])}\n{"a":1}\n`)
    expect(() => openStore(file)).toThrow(StoreError)
    expect(() => openStore(file)).toThrow(`${file}:2: expected a result of the study, got '{"a":1}'`)
  })

  test('are not made twice', () => {
    const jobs = jobsOf(fullPlan)
    const [first, second] = jobs
    const done = new Set([...runsOf(first!).map((run) => keyOf(run)), keyOf({ ...second!, ahead: 2 })])
    const rest = remaining(jobs, done)
    expect(rest).toHaveLength(jobs.length - 1)
    expect(rest[0]).toEqual({ ...second, aheads: [0, 1, 3] })
    expect(remaining(jobs, new Set(jobs.flatMap(runsOf).map((run) => keyOf(run))))).toEqual([])
  })

  test('come seed after seed', () => {
    const seeds = jobsOf(fullPlan).map(({ seed }) => seed)
    expect(seeds).toEqual([...seeds].sort())
    expect(new Set(seeds).size).toBe(5)
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
  const task: OpenTask = { model: model as unknown as Model<Params>, batch, held: () => batch(99, 0) }
  const job: Job = { task: 'mlp', optimizer: 'adam', rate: 0.05, seed: 3, steps: 40, aheads }

  test('with s = 0 is the plain optimizer, bit for bit, whoever trains beside it', () => {
    const rate = cosineDecaySchedule({ initValue: 0.05, decaySteps: 40 })
    const trainer = withGradient(model.loss, adam(rate))
    let state = trainer.init(model.init(3))
    for (let step = 0; step < 40; step++) {
      const { inputs, targets } = batch(3, step)
      state = trainer.step(state, inputs, targets).train
    }
    const { inputs, targets } = batch(99, 0)
    const [loss] = model.loss(state.params, inputs, targets).dataSync()
    const [plain] = train(job, task)
    expect(plain!.curve.at(-1)).toEqual([40, Number(loss!.toPrecision(7))])
    expect(train({ ...job, aheads: [0] }, task)[0]!.curve).toEqual(plain!.curve)
    dispose(state)
  })

  test('differs only from the third step on by how far it looks ahead', () => {
    const curves = train({ ...job, steps: 20 }, task).map(({ curve }) => curve.map(([, loss]) => loss))
    for (const curve of curves) expect(curve.slice(0, 2)).toEqual(curves[0]!.slice(0, 2))
    expect(new Set(curves.map((curve) => curve.at(-1))).size).toBe(aheads.length)
  })

  test('is looked at twenty times, at the start besides, and leaves no tensor', () => {
    train({ ...job, steps: 20 }, task)
    const before = tf.memory().numTensors
    const results = train(job, task)
    expect(tf.memory().numTensors).toBe(before)
    for (const { curve } of results) expect(curve.map(([step]) => step)).toEqual([0, ...checkpoints(40)])
  })

  test('that diverges ends there, and says so', () => {
    const results = train({ ...job, optimizer: 'sgdm', rate: 1e30 }, task)
    expect(results.map(({ diverged }) => diverged)).toEqual([true, true, true, true])
    for (const { curve } of results) expect(curve.every(([, loss]) => Number.isFinite(loss))).toBe(true)
  })
})

describe('npm run study', () => {
  const results = join(folder, 'study.jsonl')
  const output = join(folder, 'report.md')
  const args = ['--quick', '--tasks', 'mlp', '--optimizers', 'adam', '--seeds', '2', '--results', results, '--output']
  const lines = () => readFileSync(results, 'utf8').trim().split('\n')

  test('goes on after Ctrl-C where it was, and reports', async () => {
    const cut = await study([...args, output], (err) => / [1-9]\d*\/16 trainings/.test(err))
    expect(cut.code, cut.err).toBe(130)
    expect(cut.out).toContain('The same command goes on')
    const before = lines()
    expect(before.length).toBeGreaterThan(0)
    const { code, out, err } = await study([...args, output])
    expect(code, err).toBe(0)
    expect(lines().slice(0, before.length)).toEqual(before)
    expect(lines()).toHaveLength(16)
    expect(out).toContain('What to try first')
    const page = readFileSync(output, 'utf8')
    expect(page).toContain('| Digits, perceptron, `adam` | 2 |')
    expect(page).not.toMatch(/NaN|undefined/)
    for (const name of ['mlp', 'mlp-rates'])
      expect(readFileSync(join(folder, 'report', `${name}.svg`), 'utf8')).toContain('s = 3')
  }, 300_000)

  test('reports what there is, without training', async () => {
    const other = join(folder, 'other.md')
    const { code, err } = await study([...args, other, '--report'])
    expect(code, err).toBe(0)
    expect(readFileSync(other, 'utf8')).toContain('2 seeds')
    const none = await study(['--report', '--results', join(folder, 'none.jsonl'), '--output', other])
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('expected results of at least one whole seed')])
  })

  test('names every wrong flag', async () => {
    const { code, err } = await study(['--tasks', 'mlp,rnn', '--seeds', '0', '--fast', '--quick=1', 'x'])
    expect(code).toBe(2)
    for (const fault of [
      "--tasks: expected one or more of mlp, cnn, lstm, transformer, with commas between, got 'mlp,rnn'.",
      "--seeds: expected a whole number from 1 to 1000, got '0'.",
      '--fast: no such flag.',
      "--quick: expected no value, got '1'.",
      "'x': expected only flags.",
    ])
      expect(err).toContain(fault)
  })

  test('explains itself with --help', async () => {
    const { code, out } = await study(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('--quick')
  })

  test('writes the page of the documentation only for the whole study', () => {
    const outputs = [[], ['--quick'], ['--tasks', 'mlp'], ['--seeds', '2'], ['--seeds', '9']].map((given) => {
      const parsed = parseFlags(command.table, given)
      return parsed.kind === 'run' ? toFlags(parsed.values).output : parsed.kind
    })
    expect(outputs).toEqual([
      'docs/study.md',
      'out/study/quick.md',
      'out/study/part.md',
      'out/study/part.md',
      'docs/study.md',
    ])
  })
})

/** Runs the study; presses Ctrl-C once `until` holds for what it has told of its progress. */
const study = (args: readonly string[], until?: (err: string) => boolean) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'examples/study/main.ts', ...args])
    let out = ''
    let err = ''
    let pressed = false
    child.stdout.on('data', (text) => {
      out += text
    })
    child.stderr.on('data', (text) => {
      err += text
      if (!pressed && until?.(err)) pressed = child.kill('SIGINT')
    })
    child.on('close', (code) => resolve({ code, out, err }))
  })
