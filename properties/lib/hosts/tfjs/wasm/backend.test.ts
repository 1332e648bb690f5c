/** What is known of a list without a look at each tensor stands only as long as it is so. Apart from other tests: a second backend comes and goes here. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adamw, dispose, masked, releaseBackend, sgd, step, useBackend } from '../../../../../lib/index.ts'
import { roundCounters } from '../../../../../lib/run/round.ts'

type Tree = Readonly<Record<string, tf.Tensor>>

const rows = 3
const tree = (value: number): Tree => ({ w: tf.fill([rows, rows], value), b: tf.fill([rows], value) })
const numbersOf = (x: tf.Tensor): number[] => [...x.dataSync()]

/** A training that has taken the short way, one step further with each call. */
const training = (tx = sgd(1)) => {
  const start = tree(10)
  const held = { grads: tree(1), train: { params: start, state: tx.init(start) as unknown } }
  const go = (): number => {
    const before = roundCounters.taken
    const { grads, train } = held
    held.train = step(tx as never, grads, train.state, train.params, { donate: true }) as typeof train
    return roundCounters.taken - before
  }
  for (let n = 0; n < 4; n++) go()
  expect(go()).toBe(1)
  return { held, go, leave: () => dispose([held.train, held.grads]) }
}

describe('a list that is watched', () => {
  beforeAll(() => useBackend({ prefer: ['wasm'] }))
  afterAll(releaseBackend)

  it('is found free again once who shares a memory is gone, and keeps the numbers of who is not', () => {
    const { held, go, leave } = training()
    // tfjs copies for a clone, and counts a reshaped tensor.
    const kept = tf.reshape(held.train.params.w as tf.Tensor, [9])
    expect(go()).toBe(0)
    expect(numbersOf(kept)).toEqual(new Array(9).fill(5))
    expect(numbersOf(held.train.params.w as tf.Tensor)).toEqual(new Array(9).fill(4))
    kept.dispose()
    go()
    expect(go()).toBe(1)
    tf.reshape(held.train.params.w as tf.Tensor, [9]).dispose()
    expect(go()).toBe(1)
    expect(numbersOf(held.train.params.b as tf.Tensor)).toEqual([1, 1, 1])
    leave()
  })

  it.each(['params', 'grads'] as const)('has the words for a tensor that was disposed: %s', (name) => {
    const { held, go, leave } = training()
    const trees = { params: held.train.params, grads: held.grads }
    ;(trees[name].b as tf.Tensor).dispose()
    expect(go).toThrow(/disposed/)
    leave()
  })

  it('hands a layer new weights after every step, however they were written', () => {
    const { held, go, leave } = training()
    const x = tf.eye(rows)
    const product = (): number[] =>
      tf.tidy(() => numbersOf(tf.matMul(x as tf.Tensor2D, held.train.params.w as tf.Tensor2D)))
    for (let n = 4; n >= -2; n--) {
      go()
      expect(product()).toEqual(new Array(9).fill(n))
    }
    x.dispose()
    leave()
  })

  it('follows a variable that is assigned', () => {
    const tx = sgd(1)
    const start = tree(10)
    const [w, b] = [tf.variable(start.w as tf.Tensor), tf.variable(start.b as tf.Tensor)]
    dispose(start)
    const grads = tree(1)
    let train: { params: Tree; state: unknown } = { params: { w, b }, state: tx.init({ w, b }) }
    const go = (): void => {
      train = step(tx as never, grads, train.state, train.params, { donate: true }) as typeof train
    }
    for (let n = 0; n < 5; n++) go()
    expect(train.params.w).toBe(w)
    const next = tf.fill([rows, rows], 70)
    w.assign(next)
    next.dispose()
    go()
    expect(numbersOf(train.params.w as tf.Tensor)).toEqual(new Array(9).fill(69))
    expect(numbersOf(train.params.b as tf.Tensor)).toEqual([4, 4, 4])
    dispose([train, grads])
  })

  it('may share tensors with another list', () => {
    const isMatrix = { w: true, b: false }
    const [whole, part] = [sgd(1), masked(sgd(2), isMatrix as never)]
    let params = tree(100)
    const grads = tree(1)
    let [one, other]: unknown[] = [whole.init(params), part.init(params)]
    const x = tf.eye(rows)
    /** What a layer makes of the weights, whose memory somebody else holds during the next step. */
    const seen = (value: number): (() => void) => {
      const made = tf.tidy(() => numbersOf(tf.matMul(x as tf.Tensor2D, params.w as tf.Tensor2D)))
      expect(made).toEqual(new Array(9).fill(value))
      const held = tf.reshape(params.w as tf.Tensor, [9])
      return () => {
        expect(numbersOf(held)).toEqual(new Array(9).fill(value))
        held.dispose()
      }
    }
    let check = seen(100)
    for (let n = 0; n < 24; n++) {
      const isFirst = n % 2 === 0
      const [tx, state] = isFirst ? [whole, one] : [part, other]
      const made = step(tx as never, grads, state, params, { donate: true }) as { params: Tree; state: unknown }
      params = made.params
      if (isFirst) one = made.state
      else other = made.state
      check()
      const value = numbersOf(params.w as tf.Tensor)[0] as number
      expect(value).toBe(100 - 3 * (n >> 1) - (isFirst ? 1 : 3))
      // At first nobody holds it during a step, so that both come to know the same tensors; then in every second pair of steps.
      check = seen(value)
      if (n >= 8 && n % 4 < 2) continue
      check()
      check = () => {}
    }
    check()
    dispose([params, grads, x])
  })

  it('may be read as gradients by another training before anybody asks for what was written', () => {
    const { held, go, leave } = training()
    const other = training()
    const x = tf.eye(rows)
    const product = (): number[] =>
      tf.tidy(() => numbersOf(tf.matMul(x as tf.Tensor2D, held.train.params.w as tf.Tensor2D)))
    expect(product()).toEqual(new Array(9).fill(5))
    go()
    dispose(other.held.grads)
    other.held.grads = held.train.params
    for (let n = 0; n < 3; n++) other.go()
    expect(product()).toEqual(new Array(9).fill(4))
    other.held.grads = tree(1)
    go()
    expect(product()).toEqual(new Array(9).fill(3))
    x.dispose()
    leave()
    other.leave()
  })

  it('looks anew at a tensor that was moved to another backend and back, also when that one has gone', async () => {
    const { held, go, leave } = training(adamw(0.1) as never)
    const plain = training(adamw(0.1) as never)
    await tf.setBackend('cpu')
    numbersOf(tf.tidy(() => tf.neg(held.train.params.w as tf.Tensor)))
    await tf.setBackend('wasm')
    // What it left here is somebody else's now.
    const others = Array.from({ length: 9 }, () => tf.fill([rows, rows], 5))
    const there = tf.tidy(() => numbersOf(tf.neg(held.train.params.w as tf.Tensor)))
    expect(there).toEqual(numbersOf(held.train.params.w as tf.Tensor).map((x) => -x))
    tf.engine().removeBackend('cpu')
    for (let n = 0; n < 4; n++) {
      go()
      plain.go()
      expect(numbersOf(held.train.params.w as tf.Tensor)).toEqual(numbersOf(plain.held.train.params.w as tf.Tensor))
    }
    for (const other of others) expect(numbersOf(other)).toEqual(new Array(9).fill(5))
    dispose(others)
    leave()
    plain.leave()
  })
})
