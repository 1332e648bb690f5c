/** Apart from the other tests of the engine: where they have brought a second backend, addresses are looked up in every step. */
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tfjsHost } from '../../../../../lib/hosts/tfjs/host.ts'
import { adamw, dispose, releaseBackend, sgd, step, useBackend } from '../../../../../lib/index.ts'
import { runForm } from '../../../../../lib/run/runForm.ts'

beforeAll(() => useBackend({ prefer: ['wasm'] }))
afterAll(releaseBackend)

type One = { readonly w: tf.Tensor }
type Train = { readonly params: One; readonly ahead: One; readonly state: unknown }

test.each([5, 5000])(
  'a place of the next gradient that another optimizer steps is found where it is: %d numbers',
  (size) => {
    expect(Object.keys(tf.engine().registry)).toEqual(['wasm'])
    const one = (value: number): One => ({ w: tf.fill([size], value) })
    const [own, other] = [adamw(0.1, { predictSteps: 3 }), sgd(1)]
    const params = one(0)
    let state = other.init(params)
    let train: Train = { params, ahead: params, state: own.init(params) }
    const next = (): void => {
      const given = { ...train, grads: one(1), spend: true, donate: true }
      train = runForm(own.form, 'lookahead', given as never, tfjsHost) as never
    }
    const move = (): void => {
      const grads = one(1)
      const made = step(other, grads, state, train.ahead, { donate: true })
      train = { ...train, ahead: made.params as One }
      state = made.state
      dispose(grads)
    }
    next()
    next()
    for (let round = 0; round < 3; round++) {
      // The third time the other optimizer knows the addresses.
      for (let again = 0; again < 3; again++) {
        const before = [...train.ahead.w.dataSync()]
        move()
        expect([...train.ahead.w.dataSync()]).toEqual(before.map((x) => Math.fround(x - 1)))
      }
      next()
    }
    dispose(train)
  },
)
