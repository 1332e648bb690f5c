import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isGiven, parseFlags, someOf, wholeFrom } from '../../examples/flags.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> }

/** The scripts that run a program of ours, each with what node is given. */
const ours = Object.entries(scripts).flatMap(([name, script]) => {
  const [, args] = /^(?:node|tsx) (.*\.ts)$/.exec(script) ?? []
  return args === undefined ? [] : [[name, args.replace('--import tsx ', '').split(' ')] as const]
})

const run = (args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((done) => {
    execFile(process.execPath, ['--import', 'tsx', ...args], { cwd: root }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, out, err }),
    )
  })

test('the scripts are found', () => {
  const names = ours.map(([name]) => name)
  for (const name of [
    'bench',
    'catalogue',
    'example:cluster',
    'example:web',
    'fuzz',
    'mutants',
    'programs',
    'record',
    'road',
    'soak',
    'start',
    'study',
  ])
    expect(names).toContain(name)
})

describe.for(ours)('npm run %s', ([name, args]) => {
  test('explains itself with --help', { timeout: 60_000 }, async () => {
    const { code, out } = await run([...args, '--help'])
    expect(code).toBe(0)
    expect(out).toContain(`Usage: npm ${name === 'start' ? '' : 'run '}${name} -- [flags]`)
    expect(out).toContain('  --help')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })

  test('answers a wrong flag in two lines', { timeout: 60_000 }, async () => {
    const { code, out, err } = await run([...args, '--nonsense'])
    expect([code, err]).toEqual([2, '--nonsense: no such flag.\nRun with --help for the flags.\n'])
    expect(out.replaceAll(/^(=+|Hi, looks like you are running TensorFlow.js.*|)\n/gm, '')).toBe('')
  })
})

describe('parseFlags', () => {
  const table = {
    quick: { help: '', ...isGiven },
    count: { help: '', ...wholeFrom(1, 3, 9) },
    names: { help: '', ...someOf(['a', 'b'], undefined) },
  }

  test('takes flags with a value and without, the last of each', () => {
    const values = { quick: true, count: 4, names: ['b', 'a'] }
    expect(parseFlags(table, ['--count', '2', '--quick', '--count=4', '--names', 'b,a'])).toEqual({
      kind: 'run',
      values,
    })
    expect(parseFlags(table, [])).toEqual({ kind: 'run', values: { quick: false, count: 3, names: undefined } })
  })

  test.for([
    [['--quick=1'], "--quick: expected no value, got '1'."],
    [['--count'], '--count: expected a whole number from 1 to 9, got nothing.'],
    [['--count', '10'], "--count: expected a whole number from 1 to 9, got '10'."],
    [['--names', 'a,,b'], "--names: expected one or more of a, b, with commas between, got 'a,,b'."],
    [['--toString'], '--toString: no such flag.'],
    [['x'], "'x': expected only flags."],
  ] as const)('%j is refused by name', ([args, fault]) => {
    expect(parseFlags(table, args)).toEqual({ kind: 'wrong', faults: [fault] })
  })
})
