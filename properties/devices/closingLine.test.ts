import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'foregrad-closing-line-'))

const config = `
  import { closingLine } from ${JSON.stringify(join(root, 'properties/devices/closingLine.ts'))}
  export default { test: { include: ['*.test.ts'], reporters: [closingLine()] } }
`

/** What the run of one file of tests prints, line by line. */
const linesOf = (name: string, code: string): string[] => {
  writeFileSync(
    join(folder, `${name}.test.ts`),
    `import { afterAll, beforeAll, describe, test } from 'vitest'\n${code}`,
  )
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { stdout } = spawnSync(process.execPath, [vitest, 'run', `${name}.test.ts`], { cwd: folder, encoding: 'utf8' })
  return stdout.trim().split('\n')
}

describe('the closing line', () => {
  beforeAll(() => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    writeFileSync(join(folder, 'vitest.config.ts'), config)
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  test.each<[string, string, readonly string[]]>([
    ['tests that pass', "test('a', () => {})", ['1 passed, 0 failed']],
    ['a test that fails', "test('a', () => { throw new Error('no') })", ['0 passed, 1 failed']],
    [
      'a test that is skipped, and why',
      "test('a', ({ skip }) => skip('too late'))",
      ['SKIPPED FILE > a: too late', '0 passed, 0 failed, 1 skipped'],
    ],
    ['a file that cannot be loaded', "throw new Error('gone')", ['0 passed, 1 failed']],
    [
      'a block that cannot be set up',
      "describe('b', () => { beforeAll(() => { throw new Error('no adapter') }); test('a', () => {}) })",
      ['SKIPPED FILE > b > a: the set-up failed: no adapter', '0 passed, 1 failed, 1 skipped'],
    ],
    [
      'a block within one that cannot be set up',
      "describe('b', () => { beforeAll(() => { throw new Error('no') }); describe('c', () => test('a', () => {})) })",
      ['SKIPPED FILE > b > c > a: the set-up failed: no', '0 passed, 1 failed, 1 skipped'],
    ],
    [
      'a file that cannot be set up',
      "beforeAll(() => { throw new Error('no') }); test('a', () => {})",
      ['SKIPPED FILE > a: the set-up failed: no', '0 passed, 1 failed, 1 skipped'],
    ],
    [
      'a block that cannot be torn down',
      "describe('b', () => { afterAll(() => { throw new Error('no') }); test('a', () => {}) })",
      ['1 passed, 1 failed'],
    ],
  ])('tells of %s', (name, code, expected) => {
    const file = name.replaceAll(/\W+/g, '-')
    const lines = linesOf(file, code)
    expect(lines.slice(-expected.length)).toEqual(expected.map((line) => line.replace('FILE', `${file}.test.ts`)))
  })
})
