/** A training loop whose tensor was disposed while a clone still holds its memory: that counts one holder, who is somebody else. */
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { adamw, dispose, step, type Tree, treeLeaves } from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

describeEngines(testEngines, () => {
  test.each(['a parameter', 'a moment', 'a gradient'])('refuses %s, and leaves the clone as it is', async (which) => {
    const tx = adamw(0.1)
    let params = { w: tf.tensor1d([1, 2, 3, 4]) as tf.Tensor }
    let state = tx.init(params)
    const grads = { w: tf.ones([4]) }
    const go = () => {
      const made = step(tx, grads, state, params, { donate: true })
      params = made.params
      state = made.state
    }
    for (let n = 0; n < 5; n++) go()
    const moment = treeLeaves(state as unknown as Tree<unknown>).find((leaf) => leaf instanceof tf.Tensor)
    const tensor = which === 'a parameter' ? params.w : which === 'a gradient' ? grads.w : (moment as tf.Tensor)
    const clone = tensor.clone()
    const before = [...(await clone.data())]
    tensor.dispose()
    expect(go).toThrow(expect.objectContaining({ code: 'disposed-tensor' }))
    expect([...(await clone.data())]).toEqual(before)
    clone.dispose()
    dispose([params, state as never, grads].map((tree) => treeLeaves(tree as never).filter(isHere)) as never)
  })
})

const isHere = (leaf: unknown): boolean => leaf instanceof tf.Tensor && !leaf.isDisposed
