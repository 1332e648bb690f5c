import { describe, expect, test } from 'vitest'
import { readChain } from '../../../examples/playground/chain/read.ts'
import {
  apartOf,
  checkChain,
  hunt,
  type LawReport,
  lawNames,
  mistakesIn,
} from '../../../examples/playground/laws/check.ts'
import { float64 } from '../../../lib/core.ts'
import { mutants } from '../../mutants/mutants.ts'

const chain = (text: string) => readChain(text).tx!

const reports = async (text: string, runs = 4): Promise<readonly LawReport[]> => {
  const found: LawReport[] = []
  for await (const report of checkChain(chain(text), { descends: true }, runs)) found.push(report)
  return found
}

describe('the laws of a chain', () => {
  test('hold for a right one, all that apply', async () => {
    const text = 'chain(trace({ decay: 0.9 }), scaleByLearningRate(0.05))'
    const found = await reports(text)
    expect(found.map(({ name }) => name)).toEqual(lawNames(chain(text), { descends: true }))
    expect(found.filter(({ holds }) => !holds)).toEqual([])
    expect(found.map(({ name }) => name)).toContain('goes downhill')
  })

  test('of one that goes uphill: "goes downhill" is broken, with the smallest weights found', async () => {
    const broken = (await reports('scale(0.1)')).filter(({ holds }) => !holds)
    expect(broken.map(({ name }) => name)).toEqual(['goes downhill'])
    expect(broken[0]!.says).toMatch(/^loss [\d.]+ at first, [\d.]+ after 50 steps$/)
    const { losses, says } = broken[0]!
    expect(says).toBe(`loss ${losses![0]} at first, ${losses![50]} after 50 steps`)
    expect(broken[0]!.counterexample).toMatch(/params \(root\)/)
  })
})

describe('the mistakes of a chain', () => {
  const text = 'chain(scaleBySign(), scale(-0.1))'

  test('are the mutants of the package, each noticed by a law or told by the chain itself', async () => {
    const tx = chain(text)
    expect(mistakesIn(tx).map(({ at }) => at)).toEqual(mutants(tx).map(({ at }) => at))
    const noticed: [number, string | undefined, boolean][] = []
    for await (const { index, law, alone } of hunt(tx, { descends: true })) noticed.push([index, law, alone])
    expect(noticed.map(([index]) => index)).toEqual(mistakesIn(tx).map((_, i) => i))
    expect(noticed.filter(([, law]) => law === undefined)).toEqual([])
    const turned = mistakesIn(tx).findIndex(({ name }) => name === 'the sign of u turned')
    expect(noticed[turned]).toEqual([turned, 'goes downhill', true])
  })

  test('are shown by numbers that float64 makes, and by a test that names them', () => {
    const tx = chain(text)
    const index = mistakesIn(tx).findIndex(({ name }) => name === 'the sign of u turned')
    const { steps, test: source } = apartOf(tx, index)!
    const { grads, updates, expected } = steps.at(-1)!
    const reader = float64(tx)
    const [u] = reader.update([...grads], reader.init([...grads]), [...grads])
    expect(expected).toEqual(u)
    expect(updates).toEqual(expected!.map((x) => -x))
    expect(source).toContain('the sign of u turned')
    expect(apartOf(tx, 10_000)).toBeUndefined()
  })
})
