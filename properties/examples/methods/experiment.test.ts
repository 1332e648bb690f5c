import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  answers,
  chosen,
  type Experiment,
  type Found,
  figureOf,
  isInterior,
  missing,
} from '../../../examples/methods/experiment.ts'
import { sectionOf, withSection } from '../../../examples/methods/page.ts'
import { addRun, readRuns } from '../../../examples/methods/store.ts'
import { normals, seedKey } from '../../../examples/models/random.ts'

const noise = normals(seedKey(3), 4_000)

/** A run whose loss is made up: the setting's distance from the best, the arm's own gain, and noise that arms share in part. */
const loss = (gain: number, best: number, setting: string, seed: number, own: number): number =>
  1 + Math.abs(Number(setting) - best) - gain + 0.1 * noise[seed]! + 0.02 * noise[1_000 + 200 * own + seed]!

const armOf = (gain: number, best: number, own: number) => ({
  settings: ['1', '2', '3'],
  train: async (setting: string, seed: number) => ({ loss: loss(gain, best, setting, seed, own) }),
})

const experiment: Experiment = {
  name: 'madeUp',
  about: 'numbers that are made up',
  arms: { plain: armOf(0, 2, 0), same: armOf(0, 2, 1), better: armOf(0.1, 3, 2) },
  tunedBy: 'loss',
  columns: [{ figure: 'loss', heading: 'loss', text: (x) => x.toFixed(3) }],
  questions: [
    { arm: 'same', against: 'plain', figure: 'loss' },
    { arm: 'better', against: 'plain', figure: 'loss' },
  ],
  setting: 'rate',
  seeds: 10,
}

const runAll = async (seeds?: number): Promise<readonly Found[]> => {
  const found: Found[] = []
  for (;;) {
    const [trial] = missing(experiment, found, seeds)
    if (!trial) return found
    const figures = await experiment.arms[trial.arm]!.train(trial.setting, trial.seed, trial.part)
    found.push({ ...trial, figures })
  }
}

describe('an experiment', () => {
  test('tunes every setting, then judges the best one by seeds that tuning never saw', async () => {
    const found = await runAll()
    const [tuning, judging] = ['tuning', 'judging'].map((part) => found.filter((run) => run.part === part))
    expect([tuning!.length, judging!.length]).toEqual([3 * 3 * 2, 3 * 10])
    expect(Object.keys(experiment.arms).map((arm) => chosen(experiment, found, arm))).toEqual(['2', '2', '3'])
    const seeds = new Set(tuning!.map(({ seed }) => seed))
    expect(judging!.filter(({ seed }) => seeds.has(seed))).toEqual([])
    expect(Object.keys(experiment.arms).map((arm) => isInterior(experiment, found, arm))).toEqual([true, true, false])
  })

  test('asks for nothing that was found, and for more where more seeds are wanted', async () => {
    const found = await runAll()
    expect(missing(experiment, found)).toEqual([])
    expect(missing(experiment, found, 12).map(({ arm, seed }) => `${arm} ${seed}`)).toEqual(
      ['plain', 'same', 'better'].flatMap((arm) => [10, 11].map((seed) => `${arm} ${seed}`)),
    )
    expect(missing(experiment, found.slice(0, -1))).toEqual([{ arm: 'better', setting: '3', part: 'judging', seed: 9 }])
  })

  test('a setting that diverges is never chosen', () => {
    const runs = ['1', '2', '3'].flatMap((setting) =>
      [100, 101].map((seed): Found => {
        const figures = { loss: setting === '1' ? Number.NaN : Number(setting) }
        return { arm: 'plain', setting, part: 'tuning', seed, figures }
      }),
    )
    expect(chosen(experiment, runs, 'plain')).toBe('2')
  })

  test('finds a planted difference and none that is not there', async () => {
    const [none, planted] = answers(experiment, await runAll())
    expect(none!.corrected).toBeGreaterThan(0.05)
    expect(planted!.corrected).toBeLessThan(0.001)
    expect(planted!.difference.low).toBeLessThan(-0.1)
    expect(planted!.difference.high).toBeGreaterThan(-0.1 - 0.05)
    expect(Math.abs(planted!.difference.mean + 0.1)).toBeLessThan(0.03)
  })

  test('as a section of the page: means, settings at an edge, and what the seeds cannot tell', async () => {
    const found = await runAll()
    const section = sectionOf(experiment, found)
    const { mean, low, high } = figureOf(experiment, found, 'better', 'loss')
    expect(section).toContain(`| better | 3 (edge) | ${mean.toFixed(3)} ± ${((high - low) / 2).toFixed(3)}`)
    expect(section).toMatch(/same against plain, loss: .*; no difference that these seeds can tell\./)
    expect(section).toMatch(/better against plain, loss: −0\.\d+ \(−0\.\d+ to −0\.\d+\)\.\n?/)
    const page = 'before\n<!-- runs: madeUp -->\nold\n<!-- end -->\nbehind\n'
    const once = withSection(page, experiment, found)
    expect(once).toBe(`before\n<!-- runs: madeUp -->\n${section}\n<!-- end -->\nbehind\n`)
    expect(withSection(once, experiment, found)).toBe(once)
    expect(() => withSection('nothing', experiment, found)).toThrow('no place <!-- runs: madeUp -->')
  })
})

describe('the store', () => {
  const run = (seed: number): Found => ({ arm: 'plain', setting: '2', part: 'judging', seed, figures: { loss: 0.5 } })

  test('gives back the loss of a training that diverged as none, which no setting is chosen by', () => {
    const folder = mkdtempSync(join(tmpdir(), 'foregrad-methods-'))
    const path = join(folder, 'runs.jsonl')
    addRun(path, { ...run(0), figures: { loss: Number.NaN } })
    expect(readRuns(path)).toEqual([{ ...run(0), figures: { loss: Number.NaN } }])
    rmSync(folder, { recursive: true })
  })

  test('gives back what was added, also behind a line that was cut off', () => {
    const folder = mkdtempSync(join(tmpdir(), 'foregrad-methods-'))
    const path = join(folder, 'deeper', 'runs.jsonl')
    expect(readRuns(path)).toEqual([])
    addRun(path, run(0))
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"arm":"pla`)
    expect(readRuns(path)).toEqual([run(0)])
    addRun(path, run(1))
    expect(readRuns(path)).toEqual([run(0), run(1)])
    addRun(path, { ...run(0), figures: { loss: 0.7 } }) // by another process, which asked at the same time
    expect(readRuns(path)).toEqual([run(0), run(1)])
    rmSync(folder, { recursive: true })
  })
})
