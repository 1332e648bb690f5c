import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../../../../lib/cli/node/main.ts'
import * as core from '../../../../lib/core.ts'
import { toOptax } from '../../../../lib/python.ts'

const { adafactor, adamw, explain, lion, show } = core
const folder = mkdtempSync(join(tmpdir(), 'foregrad-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]) => main(args, { names: core, version: '1.2.3', folder })
const shapes = { w: [256, 128], b: [4] }

describe('the command', () => {
  test('prints Python, to standard output or a file', async () => {
    const out = toOptax(adamw(1e-3), { name: 'tx', dtype: 'bfloat16' })
    const flags = ['--name', 'tx', '--dtype=bfloat16']
    expect(await run('python', 'adamw(1e-3)', ...flags)).toEqual({ code: 0, out, err: '' })
    expect(await run('python', 'adamw(1e-3)', ...flags, '--out', 'tx.py')).toEqual({ code: 0, out: '', err: '' })
    expect(readFileSync(join(folder, 'tx.py'), 'utf8')).toBe(out)
  })

  test('takes shapes as they are or from a file', async () => {
    const out = toOptax(adafactor(1e-3), { params: shapes })
    writeFileSync(join(folder, 'shapes.json'), JSON.stringify(shapes))
    for (const given of ['{ w: [256, 128], b: [4] }', 'shapes.json'])
      expect(await run('python', 'adafactor(1e-3)', '--params', given)).toEqual({ code: 0, out, err: '' })
  })

  test('shows and explains', async () => {
    expect((await run('show', 'lion(1e-3)')).out).toBe(`${show(lion(1e-3))}\n`)
    expect((await run('explain', 'lion(1e-3)')).out).toBe(`${explain(lion(1e-3))}\n`)
    expect((await run('explain', 'lion(1e-3)', '--params', '{ w: [2] }')).out).toMatch('; 1 leaf\n')
  })

  test('reads an export of a module', async () => {
    const from = new URL('../../../../lib/core.ts', import.meta.url).href
    writeFileSync(
      join(folder, 'optimizer.js'),
      `import { lion } from '${from}'\nexport const tx = lion(1e-3)\nexport default lion(1)\n`,
    )
    expect((await run('show', './optimizer.js#tx')).out).toBe(`${show(lion(1e-3))}\n`)
    expect((await run('show', join(folder, 'optimizer.js'))).out).toBe(`${show(lion(1))}\n`)
    const { code, err } = await run('show', 'optimizer.js#ty')
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^optimizer.js#ty: expected one of its exports: .*tx.*, got none/),
    ])
  })

  test('helps', async () => {
    const { code, out } = await run('--help')
    expect([code, await run(), await run('python', '-h')]).toEqual([0, { code, out, err: '' }, { code, out, err: '' }])
    for (const word of ['python', 'show', 'explain', '--params', '--out']) expect(out).toContain(word)
    expect((await run('--version')).out).toBe('1.2.3\n')
  })

  test.each([
    [['pyton', 'x'], 'command: expected one of python, show, explain, got pyton.'],
    [['toString', 'x'], 'command: expected one of python, show, explain, got toString.'],
    [['show'], 'show: expected an expression or a module, got nothing.'],
    [['show', 'sgd(1)', 'sgd(2)'], 'show: expected one optimizer, in quotes, got sgd(2) behind it.'],
    [['show', 'sgd(1)', '--name', 'x'], 'show: expected flags of its own: --out, got --name.'],
    [['python', 'sgd(1)', '--nam', 'x'], '--nam: expected one of --params'],
    [['python', 'sgd(1)', '--name'], '--name: expected a name, got nothing.'],
    [['python', 'sgd(1)', '--name', 'a', '--name', 'b'], '--name: expected one value, got another.'],
  ])('refuses the command line %j', async (args, message) => {
    const { code, out, err } = await run(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(err).toMatch(/foregrad --help says how to ask\.\n$/)
  })

  test.each([
    [['show', '1'], 'expression: expected a transformation, got 1.'],
    [['show', 'adamw(1, { b1: 2 })'], 'expression 1:1: adamw: b1: expected'],
    [['show', './none.js'], './none.js: expected a module that can be imported, got'],
    [['python', 'sgd(1)', '--name', 'class'], "name: expected a name of Python, got 'class'"],
    [['python', 'sgd(1)', '--dtype', 'int8'], 'dtype: expected one of float32'],
    [
      ['python', 'sgd(1)', '--params', '{ w: [-1] }'],
      '--params: expected a tree of shapes, got an object with keys w.',
    ],
    [['python', 'sgd(1)', '--params', 'none.json'], '--params: expected a file of JSON, got ENOENT'],
    [['python', 'sgd(1)', '--out', 'no/such/folder'], '--out: expected a file that can be written, got ENOENT'],
    [
      ['python', 'sgd(scaleBySchedule)'],
      'expected schedules made by schedule(), got the plain function scaleBySchedule',
    ],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, out, err } = await run(...args)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(message)
  })
})
