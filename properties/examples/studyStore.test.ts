import { type ChildProcess, fork, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseFlags } from '../../examples/flags.ts'
import { openClaims } from '../../examples/study/claims.ts'
import { command, toFlags } from '../../examples/study/flags.ts'
import { keyOf, type Result } from '../../examples/study/runs.ts'
import { openStore, StoreError } from '../../examples/study/store.ts'
import { taskNamed } from '../../examples/study/tasks.ts'

const folder = mkdtempSync(join(tmpdir(), 'study-'))

const made = (seed: number): Result => ({
  part: 'tuning',
  task: 'digits',
  optimizer: 'adamw',
  ahead: 0,
  rate: 0.01,
  seed,
  steps: 10,
  batch: 1,
  width: 1,
  setup: taskNamed('digits').setup,
  curve: [2, 1, 0.5, 0.25],
  validation: { loss: 0.25, accuracy: 0.9 },
  stepMs: 1,
})

describe('the results', () => {
  test('are found again, by whoever reads them', async () => {
    const file = join(folder, 'a', 'kept.jsonl')
    const [store, other] = [openStore(file), openStore(file)]
    await store.append(made(1))
    await other.append(made(2))
    expect(store.results()).toEqual([made(1), made(2)])
  })

  test('lose a last line that was cut off, and nothing else', async () => {
    const file = join(folder, 'cut.jsonl')
    await openStore(file).append(made(1))
    appendFileSync(file, '{"part":"tuning","task":"dig')
    const again = openStore(file)
    expect(again.results()).toEqual([made(1)])
    await again.append(made(2))
    expect(openStore(file).results()).toEqual([made(1), made(2)])
  })

  test('keep the first of two of one training', async () => {
    const store = openStore(join(folder, 'twice.jsonl'))
    await store.append(made(1))
    await store.append({ ...made(1), stepMs: 7 })
    expect(store.results()).toEqual([made(1)])
  })

  test('name the line that is none', () => {
    const file = join(folder, 'wrong.jsonl')
    writeFileSync(file, `${JSON.stringify(made(1))}\n{"a":1}\n`)
    expect(() => openStore(file).results()).toThrow(StoreError)
    expect(() => openStore(file).results()).toThrow(`${file}:2: expected a result of the study, got '{"a":1}'`)
  })

  test('of many appends at once are all there, each on a line', async () => {
    const file = join(folder, 'many.jsonl')
    const stores = [openStore(file), openStore(file), openStore(file)]
    await Promise.all(Array.from({ length: 30 }, (_, i) => stores[i % 3]!.append(made(i))))
    const seeds = openStore(file)
      .results()
      .map(({ seed }) => seed)
    expect(seeds.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })
})

describe('a claim', () => {
  test('is one process’s until it gives it', () => {
    const own = openClaims(join(folder, 'claims'))
    const same = openClaims(join(folder, 'claims'))
    expect([own.take('a'), own.take('a'), same.take('a'), same.take('b')]).toEqual([true, false, false, true])
    own.give('a')
    expect(same.take('a')).toBe(true)
    same.end()
    own.end()
    expect(existsSync(join(folder, 'claims'))).toBe(false)
  })

  test('of a process that has ended counts for nothing', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.on('close', resolve))
    const dead = openClaims(join(folder, 'left'), child.pid)
    expect(dead.take('a')).toBe(true)
    expect(openClaims(join(folder, 'left')).take('a')).toBe(true)
  })
})

describe('npm run study', () => {
  const children: ChildProcess[] = []
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  /** Starts the study with one worker, and waits for its end. */
  const start = (args: readonly string[]) => {
    const child = fork('examples/study/main.ts', [...args], { execArgv: ['--import', 'tsx'], silent: true })
    children.push(child)
    const told = { out: '', err: '' }
    child.stdout!.on('data', (text) => {
      told.out += text
    })
    child.stderr!.on('data', (text) => {
      told.err += text
    })
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, ...told }))
    })
    return { child, ended }
  }

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  test('shares its work with another, of which kill -9 loses no more than a training', async () => {
    const results = join(folder, 'shared.jsonl')
    const args = ['--quick', '--workers', '1', '--results', results, '--output', join(folder, 'shared.md')]
    const [first, second] = [start(args), start(args)]
    const lines = () => (existsSync(results) ? readFileSync(results, 'utf8').split('\n').length - 1 : 0)
    await until(() => lines() >= 3)
    first.child.kill('SIGKILL')
    await first.ended
    const before = lines()
    await until(() => lines() >= before + 1)
    second.child.kill('SIGINT')
    const { code, out, err } = await second.ended
    expect(code, err).toBe(130)
    expect(out).toContain('The same command goes on')
    const kept = openStore(results).results()
    expect(kept.length).toBeGreaterThanOrEqual(before + 1)
    expect(new Set(kept.map((result) => keyOf(result))).size).toBe(kept.length)
    // All that may be left of the one that was killed is its claim on one training.
    const claims = `${results}.claims`
    expect(existsSync(claims) ? readdirSync(claims).length : 0).toBeLessThanOrEqual(1)
  }, 300_000)

  test('has nothing to report of nothing', async () => {
    const { code, err } = await start(['--report', '--results', join(folder, 'none.jsonl')]).ended
    expect([code, err]).toEqual([1, expect.stringContaining('expected results, got none')])
  }, 60_000)

  test('names every wrong flag', async () => {
    const { code, err } = await start(['--workers', '0', '--fast', '--quick=1', 'x']).ended
    expect(code).toBe(2)
    for (const fault of [
      "--workers: expected a whole number from 1 to 64, got '0'.",
      '--fast: no such flag.',
      "--quick: expected no value, got '1'.",
      "'x': expected only flags.",
    ])
      expect(err).toContain(fault)
  }, 60_000)

  test('writes the page of the documentation only for the whole study', () => {
    const outputs = [[], ['--primary'], ['--quick']].map((given) => {
      const parsed = parseFlags(command.table, given)
      return parsed.kind === 'run' ? toFlags(parsed.values).output : parsed.kind
    })
    expect(outputs).toEqual(['docs/study.md', 'docs/study.md', 'out/study/quick.md'])
  })
})
