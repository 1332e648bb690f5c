import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Contender } from '../../../examples/mnist/contender.ts'
import { type Digits, pixels } from '../../../examples/mnist/digits.ts'
import { type Course, race, stepsOf } from '../../../examples/mnist/race.ts'
import type { Params } from '../../../lib/index.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

describe('race', () => {
  test('gives every contender the same batches in the same order', async () => {
    const [one, other] = [observer(), observer()]
    await finish([one, other], course)
    expect(one.seen.length).toBe(stepsOf(course))
    expect(one.seen).toEqual(other.seen)
  })

  test('is the same for the same seed and another for another', async () => {
    const seen = async (seed: number) => {
      const contender = observer()
      await finish([contender], { ...course, seed })
      return contender.seen
    }
    expect(await seen(1)).toEqual(await seen(1))
    expect(await seen(1)).not.toEqual(await seen(2))
  })

  test('tells step, losses and pace after each round', async () => {
    const standings = await finish([observer(), observer()], course)
    expect(standings.map(({ step }) => step)).toEqual([10, 12, 22, 24, 34, 36])
    for (const { steps, losses, imagesPerSecond } of standings) {
      expect(steps).toBe(36)
      expect(losses.length).toBe(2)
      expect(imagesPerSecond).toBeGreaterThan(0)
    }
  })

  test('keeps the loss of every step', async () => {
    const contender = observer()
    await finish([contender], course)
    expect(contender.losses).toEqual(Array.from({ length: 36 }, (_, i) => i + 1))
  })

  test('takes every fifth round in two halves and times the second', async () => {
    const contender = observer()
    await finish([contender], { ...course, epochs: 5 })
    expect(contender.stepTimes.length).toBe(8)
    expect(contender.updateTimes.length).toBe(10 + 2)
    expect(contender.halves).toEqual([...range(25, 34), ...range(59, 60)].flatMap((step) => [step, 'update']))
    expect(contender.losses).toEqual(range(1, 60))
  })

  test('leaves no tensor behind, nor when its reader stops early', async () => {
    const before = tf.memory().numTensors
    await finish([observer()], { ...course, epochs: 5 })
    for await (const { step } of race([observer()], course)) if (step > 10) break
    expect(tf.memory().numTensors).toBe(before)
  })

  test('lets signals and timers through between rounds', async () => {
    let heard = false
    setImmediate(() => {
      heard = true
    })
    for await (const _ of race([observer()], course)) break
    expect(heard).toBe(true)
  })
})

/** Forty-nine digits with one bright pixel each. */
const digits: Digits = {
  count: 49,
  images: Float32Array.from({ length: 49 * pixels }, (_, i) => (Math.floor(i / pixels) === i % pixels ? 1 : 0)),
  labels: Int32Array.from({ length: 49 }, (_, i) => i),
}

const course: Course = { digits, batch: 4, epochs: 3, seed: 0 }

/** Learns nothing and notes what it is shown; its loss is the number of the step. */
const observer = () => {
  const seen: number[][] = []
  const halves: (number | 'update')[] = []
  const look = ({ labels }: { labels: tf.Tensor }) => seen.push([...labels.dataSync()])
  const contender: Contender<Params> = {
    name: 'observer',
    step: (batch) => tf.scalar(look(batch)),
    gradient: (batch) => {
      const step = look(batch)
      halves.push(step)
      return { value: tf.scalar(step), grads: tf.zeros([2]) }
    },
    update: () => {
      halves.push('update')
    },
    passOn: () => {},
    params: () => [],
    leave: () => {},
    losses: [],
    stepTimes: [],
    updateTimes: [],
  }
  return { ...contender, seen, halves }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const finish = async (contenders: readonly Contender<Params>[], on: Course) => {
  const standings = []
  for await (const standing of race(contenders, on)) standings.push(standing)
  return standings
}
