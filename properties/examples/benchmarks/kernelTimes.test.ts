import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, it } from 'vitest'
import { watchKernels } from '../../../examples/benchmarks/kernelTimes.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

it('counts the kernels of each phase, each without those that it ran, and puts them back', () => {
  let clock = 0
  const kernelFunc = () => {
    clock += 4
    return tf.scalar(1)
  }
  const outer = () => {
    clock += 2
    return tf.getKernel('Inner', 'cpu').kernelFunc({ inputs: {}, attrs: {}, backend: tf.backend() })
  }
  tf.registerKernel({ kernelName: 'Inner', backendName: 'cpu', kernelFunc })
  tf.registerKernel({ kernelName: 'Outer', backendName: 'cpu', kernelFunc: outer })
  const watch = watchKernels('cpu', () => clock)
  watch.enter('forth')
  tf.engine().runKernel('Outer', {})
  watch.enter('back')
  tf.engine().runKernel('Inner', {})
  tf.engine().runKernel('Inner', {})
  expect(watch.take()).toEqual([
    { phase: 'forth', kernel: 'Inner', calls: 1, time: 4 },
    { phase: 'forth', kernel: 'Outer', calls: 1, time: 2 },
    { phase: 'back', kernel: 'Inner', calls: 2, time: 8 },
  ])
  expect(watch.take()).toEqual([])
  watch.leave()
  expect(tf.getKernel('Inner', 'cpu').kernelFunc).toBe(kernelFunc)
  tf.unregisterKernel('Inner', 'cpu')
  tf.unregisterKernel('Outer', 'cpu')
})
