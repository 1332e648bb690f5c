import { expect, test } from 'vitest'
import { needsGpu } from './needs.ts'
import { runNode } from './runNode.ts'

const COMPUTE = `
  import { create, globals } from 'webgpu'
  Object.assign(globalThis, globals)
  globalThis.navigator = Object.assign(globalThis.navigator ?? {}, { gpu: create([]) })
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-webgpu')
  await tf.setBackend('webgpu')
  const sum = tf.sum(tf.range(0, 2000, 1, 'float32'))
  console.log(tf.getBackend(), (await sum.data())[0])
  tf.removeBackend('webgpu')
  delete globalThis.navigator.gpu
`

test('tfjs computes on the software device in Node, and Node exits', async (context) => {
  needsGpu(context)
  const { code, stdout } = await runNode(COMPUTE)
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'webgpu 1999000\n' })
})
