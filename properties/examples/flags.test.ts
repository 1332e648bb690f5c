import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { isGiven, parseFlags, someOf, wholeFrom } from '../../examples/flags.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> }

/** The scripts that run a program of ours, each with its file. */
const ours = Object.entries(scripts).flatMap(([name, script]) => {
  const file = /^(?:node|tsx) .*?([\w/]+\.ts)$/.exec(script)?.[1]
  return file === undefined ? [] : [{ call: `npm ${name === 'start' ? '' : 'run '}${name} --`, file }]
})

const run = (args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((done) => {
    execFile(process.execPath, ['--import', 'tsx', ...args], { cwd: root }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, out, err }),
    )
  })

/** The files in a folder that are called like this. */
const below = (folder: string, pattern: RegExp): string[] =>
  (readdirSync(join(root, folder), { recursive: true }) as string[])
    .filter((file) => pattern.test(file))
    .map((file) => `${folder}/${file}`)

/** The programs that a page or their own head says are started by `npx tsx`. */
const files = [
  ...new Set(
    ['README.md', ...below('docs', /^[^/]*\.md$/), ...below('examples', /\.ts$/)].flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/npx tsx ([\w/]+\.ts)/g)].map(([, path]) => path as string),
    ),
  ),
]

const programs = [...ours, ...files.map((file) => ({ call: `npx tsx ${file}`, file }))]

/** Starts the programs one after another in one process, where each finds what it imports already loaded, and tells what each answered. */
const driver = `
const ended = new Error('ended')
process.exit = (code) => { process.exitCode = code ?? process.exitCode; throw ended }
const told = { out: '', err: '' }
console.log = (text) => { told.out += text + '\\n' }
console.error = (text) => { told.err += text + '\\n' }
const answers = []
for (const { call, file } of ${JSON.stringify(programs)}) {
  for (const flag of ['--help', '--nonsense']) {
    Object.assign(told, { out: '', err: '' })
    process.exitCode = undefined
    process.argv = [process.argv[0], process.cwd() + '/' + file, flag]
    await import('file://' + process.argv[1] + '?' + flag).catch((error) => { if (error !== ended) throw error })
    answers.push({ call, flag, code: process.exitCode, ...told })
  }
}
process.exitCode = 0
process.stdout.write(JSON.stringify(answers))
`

interface Answer {
  readonly call: string
  readonly flag: string
  readonly code: number
  readonly out: string
  readonly err: string
}

describe('the programs of package.json and of the pages', () => {
  let answers: readonly Answer[] = []
  beforeAll(async () => {
    const { code, out, err } = await run(['--input-type=module', '--eval', driver])
    expect([code, err]).toEqual([0, ''])
    answers = JSON.parse(out)
  }, 180_000)

  const answer = (call: string, flag: string) => answers.find((each) => each.call === call && each.flag === flag)!

  test('are found', () => {
    const calls = programs.map(({ call }) => call)
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
      'study',
    ])
      expect(calls).toContain(`npm run ${name} --`)
    for (const name of ['examples/trajectory.ts', 'examples/benchmarks/gpu.ts'])
      expect(calls).toContain(`npx tsx ${name}`)
    expect(calls).toContain('npm start --')
  })

  test.for(programs)('$call explains itself with --help', ({ call }) => {
    const { code, out, err } = answer(call, '--help')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`Usage: ${call} [flags]`)
    expect(out).toContain('  --help')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(160)
  })

  test.for(programs)('$call answers a wrong flag in two lines', ({ call }) => {
    const { code, out, err } = answer(call, '--nonsense')
    expect([code, out, err]).toEqual([2, '', '--nonsense: no such flag.\nRun with --help for the flags.\n'])
  })

  test('answer so in a process of their own, too', { timeout: 60_000 }, async () => {
    const { code, err } = await run(['examples/mnist/main.ts', '--nonsense'])
    expect([code, err]).toEqual([2, '--nonsense: no such flag.\nRun with --help for the flags.\n'])
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
