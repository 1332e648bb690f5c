import { expect, test } from 'vitest'
import * as face from '../../lib/index.ts'
import { describeEngines, testEngine } from '../devices/engines.ts'
import { agree } from './agree.ts'
import { drawCase, subjectFor, unsettled } from './cases.ts'
import { driverName } from './driver.ts'
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

test('a row is left out only where the catalogue has it', () => {
  expect(unsettled.filter((row) => subjectFor({ row }) === undefined)).toEqual([])
})

test('every public driver of the face is drawn', () => {
  const cases = Array.from({ length: 300 }, (_, i) => drawCase(`drivers ${i}`))
  const driven = cases.filter(({ way }) => way === 'driver' || way === 'trainer')
  const drawn = new Set(driven.map(({ recipe, way }) => driverName(subjectFor(recipe)!, way === 'trainer')))
  const drivers = Object.keys(face).filter((name) => name === 'trainer' || /^with.*Gradient$/.test(name))
  expect([...drawn].sort()).toEqual(drivers.sort())
})

const draws = { recipe: { call: 'scaleByIvon', args: [{ ess: 100, mcSamples: 2 }] }, way: 'driver' as const }
const forecast = { call: 'marsAdamw', args: [0.1, { mode: 'exact', predictSteps: 2 }] }
const pairs = { recipe: { call: 'marsCorrection', args: [{ mode: 'exact' }] }, way: 'driver' as const }

describeEngines([testEngine('wasm'), testEngine('tensors')], () => {
  test.for([
    ['draws', draws],
    ['pairs', pairs],
    ['draws by trainer', { ...draws, way: 'trainer' as const }],
    ['pairs by trainer', { ...pairs, way: 'trainer' as const }],
    ['a forecast that stays for a while', { recipe: { row: 'multiSteps, a forecast' }, way: 'driver' as const }],
    ['a number of the tree that stays', { recipe: { row: 'momoAdam' }, way: 'driver' as const }],
    ['pairs at a forecast', { recipe: forecast, way: 'trainer' as const }],
  ] as const)('%s, donated and not, from one training to another', async ([, what]) => {
    for (const donate of [false, true]) {
      const of = { ...drawCase('1 7'), ...what, donate, numbers: 'ordinary' as const, trainings: 2, steps: 6 }
      expect((await play(of)).numbers).toBeGreaterThan(0)
    }
  })
})

describeEngines([testEngine('wasm')], () => {
  test('20 random cases are what float32 may make of float64', async () => {
    for (let i = 0; i < 20; i++) expect((await play(drawCase(`1 ${i}`))).numbers).toBeGreaterThanOrEqual(0)
  })
})
