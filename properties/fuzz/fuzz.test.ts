import { expect, test } from 'vitest'
import { describeEngines, testEngine } from '../devices/engines.ts'
import { agree } from './agree.ts'
import { drawCase, subjectFor } from './cases.ts'
import { numbersFor } from './numbers.ts'
import { play } from './play.ts'

test('the case of a seed is always the same', () => {
  expect(drawCase('1 7')).toEqual(drawCase('1 7'))
  expect(JSON.parse(JSON.stringify(drawCase('1 7')))).toEqual(drawCase('1 7'))
})

test('a number outside of what float32 may give fails, with its place', () => {
  const of = {
    ...drawCase('1 7'),
    recipe: { call: 'scale', args: [2] },
    tree: { shape: [2] },
    numbers: 'ordinary' as const,
  }
  const { form } = subjectFor(of.recipe)!.tx
  const grads = numbersFor(of, 'grads') as never
  const made = { updates: numbersFor(of, 'others') as never, state: {} }
  expect(() => agree(form, 'update', false, { grads, state: {} } as never, made)).toThrow(/element 0: .*by float64/)
})

describeEngines([testEngine('wasm')], () => {
  test('20 random cases are what float32 may make of float64', async () => {
    for (let i = 0; i < 20; i++) expect((await play(drawCase(`1 ${i}`))).numbers).toBeGreaterThanOrEqual(0)
  })
})
