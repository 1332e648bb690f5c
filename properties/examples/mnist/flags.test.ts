import { describe, expect, test } from 'vitest'
import { helpText as helpOf, parseFlags as parse } from '../../../examples/flags.ts'
import { command, toFlags } from '../../../examples/mnist/flags.ts'

const parseFlags = (args: readonly string[]) => {
  const parsed = parse(command.table, args)
  return parsed.kind === 'run' ? { kind: 'run', flags: toFlags(parsed.values) } : parsed
}
const helpText = () => helpOf(command.name, command.about, command.table)

describe('parseFlags', () => {
  test('without flags gives the defaults', () => {
    expect(parseFlags([])).toEqual({
      kind: 'run',
      flags: {
        optimizer: 'adamw',
        stepsAhead: 1,
        learningRate: 0.002,
        epochs: 8,
        batch: 64,
        seed: 0,
        backend: 'auto',
        output: 'out/digits.svg',
      },
    })
  })

  test('reads every flag, with = and without', () => {
    const given = '--optimizer sgd --steps-ahead=2.5 --learning-rate 1e-2 --epochs=3 --batch 32 --seed 7 --backend wasm'
    expect(parseFlags([...given.split(' '), '--output', 'a b.svg'])).toEqual({
      kind: 'run',
      flags: {
        optimizer: 'sgd',
        stepsAhead: 2.5,
        learningRate: 0.01,
        epochs: 3,
        batch: 32,
        seed: 7,
        backend: 'wasm',
        output: 'a b.svg',
      },
    })
  })

  test('each optimizer brings its own learning rate', () => {
    expect(parseFlags(['--optimizer', 'sgd'])).toMatchObject({ flags: { learningRate: 0.05 } })
  })

  test.each([
    [['--epochs', '0'], "--epochs: expected a whole number from 1 up, got '0'."],
    [['--epochs', '1.5'], "--epochs: expected a whole number from 1 up, got '1.5'."],
    [['--epochs', 'ten'], "--epochs: expected a whole number from 1 up, got 'ten'."],
    [['--epochs='], "--epochs: expected a whole number from 1 up, got ''."],
    [['--epochs'], '--epochs: expected a whole number from 1 up, got nothing.'],
    [['--learning-rate', '-1'], "--learning-rate: expected a number above 0, got '-1'."],
    [['--learning-rate', 'NaN'], "--learning-rate: expected a number above 0, got 'NaN'."],
    [['--learning-rate', '1e999'], "--learning-rate: expected a number above 0, got '1e999'."],
    [['--steps-ahead', '-0.1'], "--steps-ahead: expected a number from 0 up, got '-0.1'."],
    [['--seed', '9007199254740992'], "--seed: expected a whole number from 0 up, got '9007199254740992'."],
    [['--batch', '8001'], "--batch: expected a whole number from 1 to 8000, got '8001'."],
    [['--optimizer', 'toString'], "--optimizer: expected one of adamw, adam, sgd, got 'toString'."],
    [['--backend', 'gpu'], "--backend: expected one of auto, webgpu, wasm, cpu, got 'gpu'."],
    [['--output', 'loss.png'], "--output: expected a path that ends in .svg, got 'loss.png'."],
    [['--epoch=3'], '--epoch: no such flag.'],
    [['-x'], '-x: no such flag.'],
    [['5'], "'5': expected only flags."],
  ])('%j is refused by name', (args, fault) => {
    expect(parseFlags(args)).toEqual({ kind: 'wrong', faults: [fault] })
  })

  test('tells all faults at once', () => {
    const parsed = parseFlags(['--epochs', '0', '--nonsense', '--seed=x'])
    expect('faults' in parsed && parsed.faults.length).toBe(3)
  })

  test('help wins over everything', () => {
    expect(parseFlags(['--epochs', '0', '--help'])).toEqual({ kind: 'help' })
    expect(parseFlags(['-h'])).toEqual({ kind: 'help' })
  })
})

test('the help names every flag and fits a terminal', () => {
  const names = 'optimizer steps-ahead learning-rate epochs batch seed backend output help'.split(' ')
  for (const name of names) expect(helpText()).toContain(`--${name}`)
  for (const line of helpText().split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})
