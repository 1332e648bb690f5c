import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { type Fault, ForegradError } from '../../../lib/index.ts'

/** Exports that are no functions, or take what they are given: as many trees as there are, or whatever a callback or a listener is handed. */
const takers = {
  trees: ['chain', 'treeAdd'],
  callbacks: ['dispose', 'releaseBackend', 'treeLeaves', 'treeMap', 'treePaths', 'treeReduce', 'treeZip'],
  classes: ['ForegradError'],
}

const functions = Object.entries(f).flatMap(([name, value]) =>
  typeof value === 'function' && !Object.values(takers).flat().includes(name)
    ? [[name, value as (...args: unknown[]) => unknown] as const]
    : [],
)

/** Names of the same function: it tells its own. */
const aliases: Readonly<Record<string, string>> = { multiTransform: 'partition' }

/** What a call is refused for. */
const faultsOf = async (call: () => unknown): Promise<readonly Fault[]> => {
  try {
    await call()
  } catch (error) {
    if (error instanceof ForegradError) return error.faults
    throw error
  }
  throw new Error('nothing was raised')
}

const refused = (path: string) =>
  expect.objectContaining({ path, expected: 'no further argument', got: "'more' (string)" })

/** These take options alone, too: a record in the place of the rate is one. */
const found = { cocob: 1, dadaptAdamw: 1, dog: 1, dowg: 1, momo: 1, momoAdam: 1, prodigy: 1, adafactor: 1 }

/** Where a function takes its options, by the names of its parameters; those bound to tensors by another function are told here. */
const bound: Readonly<Record<string, number>> = {
  ...found,
  ...{ treeClip: 1, treeNorm: 1, incrementalUpdate: 2, periodicUpdate: 2, projectionSimplex: 1, projectionL1Ball: 1 },
  ...{ perExampleLayerNormClip: 2, orthogonalizeViaNewtonSchulz: 1 },
}
const optionsAt = (name: string, call: unknown): number => {
  const text = String(call)
  const names = text.slice(text.indexOf('(') + 1, text.indexOf('...excess')).split(',')
  return bound[name] ?? names.findIndex((parameter) => /^\s*(options|spec)\b/.test(parameter))
}
const withOptions = functions.filter(([name, call]) => optionsAt(name, call) >= 0)

test.each(withOptions)('%s refuses an option that it does not know', async (name, call) => {
  const args = Array<unknown>(optionsAt(name, call)).fill(Object.hasOwn(found, name) ? 1 : f.sgd(0.1))
  const paths = (await faultsOf(() => call(...args, { nope: 1 }))).map(({ path }) => path)
  expect(paths).toContain(name === 'useBackend' ? 'nope' : `${name}: nope`)
})

/** More places than any function has: in those that it has, nothing is given. */
const nothing = Array<undefined>(9).fill(undefined)

beforeAll(() => tf.setBackend('cpu'))

describe('arguments in excess are refused', () => {
  test.each(functions)('by %s', async (name, call) => {
    expect(await faultsOf(() => call(...nothing, 'more'))).toContainEqual(refused(aliases[name] ?? name))
  })

  test('before anything else is done', async () => {
    const clip = f.clip as (...args: unknown[]) => unknown
    expect(await faultsOf(() => clip(1, { nope: 1 }))).toEqual([
      { path: 'clip', expected: 'no further argument', got: expect.stringContaining('nope') },
    ])
  })

  test('beside all other faults where there are options', async () => {
    const adam = f.adam as (...args: unknown[]) => unknown
    const paths = (await faultsOf(() => adam('1e-3', { b1: 2, nope: 1 }, 3))).map(({ path }) => path)
    expect(paths.sort()).toEqual(['adam', 'adam: b1', 'adam: learningRate', 'adam: nope'])
  })

  test('by what functions make: transformations, float64 readers, drivers', async () => {
    const tx = f.sgd(0.1)
    const params = { w: tf.ones([2]) }
    const state = tx.init(params)
    const before = tf.memory().numTensors
    const [init, update] = [tx.init, tx.update] as unknown as ((...args: unknown[]) => unknown)[]
    const driver = f.withGradient((p: typeof params) => tf.sum(p.w) as tf.Scalar, tx)
    const meaning = f.float64(tx) as unknown as Record<string, (...args: unknown[]) => unknown>
    expect(await faultsOf(() => init?.(params, 'more'))).toEqual([refused('chain: init')])
    expect(await faultsOf(() => update?.(params, state, params, {}, 'more'))).toEqual([refused('chain: update')])
    expect(await faultsOf(() => (driver.init as typeof init)?.(params, 'more'))).toEqual([refused('init')])
    for (const [name, count] of Object.entries({ init: 1, update: 4, step: 5 })) {
      const faults = await faultsOf(() => meaning[name]?.(...nothing.slice(0, count), 'more'))
      expect(faults).toEqual([refused(`chain: ${name}`)])
    }
    expect(tf.memory().numTensors).toBe(before)
    f.dispose([params, state])
  })
})

test('a rule tells what its update returns and nobody reads', async () => {
  const forecast = () =>
    f.rule({
      name: 'typo',
      slots: {},
      update: ({ g, w }) => ({ u: g, next: {}, ahed: w }) as { u: typeof g; next: object },
    })
  expect(await faultsOf(forecast)).toEqual([
    { path: 'rule typo: ahed', expected: 'one of u, next, ahead, draws, project, hypers', got: 'an unknown option' },
  ])
})

test('undefined is no argument', () => {
  expect((f.clip as (...args: unknown[]) => unknown)(1, undefined)).toBeDefined()
})

test('functions that are made for callbacks take what these are handed', () => {
  const leaves = [tf.ones([1]), tf.ones([1])]
  const before = tf.memory().numTensors
  leaves.forEach(f.dispose)
  expect(tf.memory().numTensors).toBe(before - 2)
  expect([0, 1, 2].map(f.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 2 }))).toEqual([1, 0.5, 0])
})
