import { spawnSync } from 'node:child_process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeEngines, testEngine } from '../devices/engines.ts'
import { soak } from './soak.ts'
import { trainings } from './trainings.ts'

beforeAll(() => {
  setFlagsFromString('--expose-gc')
  globalThis.gc = runInNewContext('gc')
})

describeEngines([testEngine('wasm')], () => {
  test.each(trainings)('$name: 1000 steps grow nothing', async (training) => {
    expect((await soak(training, 1000)).grown).toEqual([])
  })
})

describeEngines([testEngine('wasm')], () => {
  const leaking = (name: string, step: () => void, end: () => void) => ({ name, start: () => ({ step, end }) })

  test('a planted leak of tensors, of memory and of objects is told', async () => {
    const tensors: tf.Tensor[] = []
    const leak = leaking(
      'tensors',
      () => void tensors.push(tf.zeros([4096])),
      () => tf.dispose(tensors),
    )
    const told = (await soak(leak, 2000)).grown.join('\n')
    expect(told).toMatch(/^tensors: \d+ at first, \d+ later\nbuffers: .*\nwasmBytes: /)

    const objects: number[][] = []
    const hoard = leaking(
      'objects',
      () => void objects.push(new Array(100).fill(0.5)),
      () => undefined,
    )
    expect((await soak(hoard, 20_000)).grown.join('\n')).toMatch(/^jsBytes: \d+ more at the end than at the least$/)
    expect(objects.length).toBe(20_000)

    const one = leaking(
      'one',
      () => undefined,
      () => void tf.zeros([1]),
    )
    expect((await soak(one, 1000)).grown).toEqual(['tensors: 1 left when all was given back'])
  })
})

describe('npm run soak', () => {
  test('names every wrong flag, without a stack', () => {
    const args = ['--import', 'tsx', 'properties/soak/main.ts', '--stops', '3', '--steps', '1e3', '--backend', 'gpu']
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(stderr.trim().split('\n')).toEqual([
      '--stops: no such flag.',
      "'3': expected only flags.",
      "--steps: expected a whole number from 1000 up, got '1e3'.",
      "--backend: expected one or more of wasm, cpu, with commas between, got 'gpu'.",
      'Run with --help for the flags.',
    ])
    expect(status).toBe(2)
  })
})
