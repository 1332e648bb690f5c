import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, test } from 'vitest'
import { releaseBackend, type UseBackendOptions, useBackend } from '../../../../lib/hosts/tfjs/backend.ts'
import { needsGpu, needsSoftwareGpu } from '../../../devices/needs.ts'
import { type RunOptions, runNode } from '../../../devices/runNode.ts'

afterEach(releaseBackend)

describe('useBackend', () => {
  test('takes wasm where WebGPU is a software device, and says why', async (context) => {
    needsSoftwareGpu(context)
    const info = await useBackend()
    expect(info).toMatchObject({ backend: 'wasm', simd: true, threads: 1 })
    expect(info.why).toEqual([
      "webgpu: only a software adapter (google swiftshader SwiftShader driver 5.0.0), slower than wasm. To use it all the same: useBackend({ prefer: ['webgpu'] }).",
    ])
    expect(tf.getBackend()).toBe('wasm')
    expect(await compute()).toBe(1999000)
  })

  test('takes a software device for WebGPU when prefer names webgpu first', async (context) => {
    needsGpu(context)
    const info = await useBackend({ prefer: ['webgpu', 'wasm'] })
    expect(info).toMatchObject({ backend: 'webgpu', simd: false, threads: 1, why: [] })
    expect(info.adapter).toBeTruthy()
    expect(tf.getBackend()).toBe('webgpu')
    expect(await compute()).toBe(1999000)
  })

  test('asks for a device with every storage buffer that the adapter allows', async (context) => {
    needsGpu(context)
    await useBackend({ prefer: ['webgpu'] })
    const { device } = tf.backend() as tf.KernelBackend & { device: GPUDevice }
    expect(device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThan(8)
    expect(device.limits.maxStorageBufferBindingSize).toBeGreaterThan(2 ** 27)
  })

  test('says the same of a backend that already runs, and keeps its tensors', async (context) => {
    needsGpu(context)
    const first = await useBackend({ prefer: ['webgpu'] })
    const kept = tf.add(tf.range(0, 2000), 1)
    expect(await useBackend({ prefer: ['webgpu'] })).toEqual(first)
    expect((await kept.data())[1999]).toBe(2000)
    kept.dispose()
  })

  test('opens a new device in the place of one that was lost', async (context) => {
    needsGpu(context)
    const first = await useBackend({ prefer: ['webgpu'] })
    const { device } = tf.backend() as tf.KernelBackend & { device: GPUDevice }
    device.destroy()
    await device.lost
    expect(await useBackend({ prefer: ['webgpu'] })).toEqual(first)
    expect(await compute()).toBe(1999000)
  })

  test('lets calls made at once have their turns', async () => {
    const infos = await Promise.all([useBackend({ prefer: ['wasm'] }), useBackend({ prefer: ['cpu'] })])
    expect(infos.map(({ backend }) => backend)).toEqual(['wasm', 'cpu'])
    expect(tf.getBackend()).toBe('cpu')
  })

  test('leaves the listeners for uncaught errors as they were', async () => {
    const mine = () => undefined
    process.on('unhandledRejection', mine)
    const before = listeners()
    await useBackend({ prefer: ['wasm'] })
    expect(listeners()).toEqual(before)
    await releaseBackend()
    expect(listeners()).toEqual(before)
    process.off('unhandledRejection', mine)
  })

  test.each([
    [{ prefer: ['webgl'] }, "prefer[0]: expected 'webgpu', 'wasm' or 'cpu', got 'webgl' (string)."],
    [{ prefer: 'wasm' }, "prefer: expected a list of at least one backend, got 'wasm' (string)."],
    [{ prefer: [] }, 'prefer: expected a list of at least one backend, got an array of 0.'],
    [{ backend: 'wasm' }, 'backend: expected an option (prefer, wasmPaths), got an unknown one.'],
    [{ wasmPaths: 1 }, 'wasmPaths: expected a folder, or a map from file name to address, got 1.'],
    [null, 'options: expected an object, got null.'],
  ])('refuses %j', async (options, message) => {
    const call = useBackend(options as UseBackendOptions)
    await expect(call).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringContaining(message) })
  })
})

describe('useBackend, in a process of its own', () => {
  test('needs no order of imports: tfjs-backend-webgpu may come first', async (context) => {
    needsGpu(context)
    const source = `import '@tensorflow/tfjs-backend-webgpu'
      const { useBackend, releaseBackend } = await import('./lib/hosts/tfjs/backend.ts')
      console.log((await useBackend({ prefer: ['webgpu'] })).backend)
      await releaseBackend()`
    expect(await runNode(source)).toMatchObject({ code: 0, stdout: 'webgpu\n' })
  })

  test('keeps a WebGPU backend that the program itself has started', async (context) => {
    needsGpu(context)
    const source = `import { create, globals } from 'webgpu'
      Object.assign(globalThis, globals)
      globalThis.navigator = Object.assign(globalThis.navigator ?? {}, { gpu: create([]) })
      const tf = await import('@tensorflow/tfjs-core')
      await import('@tensorflow/tfjs-backend-webgpu')
      await tf.setBackend('webgpu')
      const theirs = tf.backend()
      const { useBackend, releaseBackend } = await import('./lib/hosts/tfjs/backend.ts')
      const { backend, adapter } = await useBackend({ prefer: ['webgpu'] })
      console.log(backend, Boolean(adapter), tf.backend() === theirs)
      await releaseBackend()`
    expect(await runNode(source)).toMatchObject({ code: 0, stdout: 'webgpu true true\n' })
  })

  test('asks for the Vulkan loader before Dawn does, which would warn of it', async () => {
    const source = `const { dlopen } = process
      process.dlopen = (module, name, ...flags) => {
        if (name === 'libvulkan.so.1') throw new Error('libvulkan.so.1: cannot open shared object file: No such file or directory')
        return dlopen(module, name, ...flags)
      }
      console.log(JSON.stringify((await useBackend({ prefer: ['webgpu', 'wasm'] })).why))`
    const { code, stdout, stderr } = await runBackend(source)
    const why = 'webgpu: no adapter. This machine has no libvulkan.so.1, by which WebGPU finds a GPU.'
    expect([code, JSON.parse(stdout), stderr]).toEqual([0, [why], ''])
  })

  test('takes the next backend where no adapter answers, and leaves no GPU behind', async () => {
    const source = `const { backend, why } = await useBackend({ prefer: ['webgpu', 'cpu'] })
      console.log(backend, why[0], globalThis.navigator?.gpu, typeof GPUBuffer)`
    const why = 'webgpu: no adapter. This machine has no GPU, or no driver for it, that WebGPU can use.'
    expect(await runBackend(source, { env: NO_DRIVER })).toMatchObject({
      code: 0,
      stdout: `cpu ${why} undefined undefined\n`,
    })
  })

  test('runs tfjs’s plain wasm build where there is no SIMD, and says so', async () => {
    const source = `import '@tensorflow/tfjs-backend-wasm'
      import * as tf from '@tensorflow/tfjs-core'
      tf.env().set('WASM_HAS_SIMD_SUPPORT', false)
      const { simd, why } = await useBackend({ prefer: ['wasm'] })
      console.log(simd, why[0], tf.add(1, 2).dataSync()[0])`
    const why = 'wasm: this runtime has no WebAssembly SIMD, so the plain build runs, several times slower.'
    expect(await runBackend(source)).toMatchObject({ code: 0, stdout: `false ${why} 3\n` })
  })

  test('says what to install when nothing that prefer names can be had', async () => {
    const source = `${without('webgpu', '@tensorflow/tfjs-backend-wasm')}
      try { await useBackend({ prefer: ['webgpu', 'wasm'] }) } catch ({ code, message }) { console.log(code, message) }`
    const { stdout } = await runBackend(source)
    expect(stdout).toBe(
      `backend-unavailable webgpu: expected a backend that runs here, got no package webgpu.
wasm: expected a backend that runs here, got no package @tensorflow/tfjs-backend-wasm.
Install with \`npm install @tensorflow/tfjs-backend-webgpu webgpu\`. Install with \`npm install @tensorflow/tfjs-backend-wasm\`.
`,
    )
  })

  test('passes over packages that are not installed, a sentence each', async () => {
    const source = `${without('webgpu', '@tensorflow/tfjs-backend-wasm')}
      const { backend, why } = await useBackend()
      console.log(backend, why.join(' '))`
    expect((await runBackend(source)).stdout).toBe(
      'cpu webgpu: no package webgpu. Install with `npm install @tensorflow/tfjs-backend-webgpu webgpu`. ' +
        'wasm: no package @tensorflow/tfjs-backend-wasm. Install with `npm install @tensorflow/tfjs-backend-wasm`.\n',
    )
  })

  test('refuses a software device where prefer names webgpu second', async (context) => {
    needsSoftwareGpu(context)
    const source = `${without('@tensorflow/tfjs-backend-wasm')}
      await useBackend({ prefer: ['wasm', 'webgpu'] }).catch(({ faults }) => console.log(faults[1].got))`
    const got = 'only a software adapter (google swiftshader SwiftShader driver 5.0.0), slower than wasm'
    expect((await runBackend(source)).stdout).toBe(`${got}\n`)
  })

  test('leaves the active backend in place when it fails', async () => {
    const source = `import * as tf from '@tensorflow/tfjs-core'
      await useBackend({ prefer: ['cpu'] })
      await useBackend({ prefer: ['wasm'], wasmPaths: '/nowhere/' }).catch(({ code }) => console.log(code))
      console.log(tf.getBackend(), tf.add(1, 2).dataSync()[0])`
    expect((await runBackend(source)).stdout).toBe('backend-unavailable\ncpu 3\n')
  })
})

describe('releaseBackend', () => {
  test.for(['webgpu', 'wasm', 'cpu'] as const)('frees %s, and leaves its tensors disposable', async (name, context) => {
    if (name === 'webgpu') needsGpu(context)
    await useBackend({ prefer: [name] })
    const before = tf.memory().numTensors
    const [left, right] = [tf.range(0, 2000), tf.range(0, 2000)]
    const sum = tf.add(left, right)
    await releaseBackend()
    expect(tf.engine().registry).not.toHaveProperty(name)
    tf.dispose([left, right, sum])
    await useBackend({ prefer: ['cpu'] })
    expect(tf.memory().numTensors).toBe(before)
  })

  test('leaves tfjs able to be asked too early, and useBackend to put it right', async () => {
    await useBackend({ prefer: ['wasm'] })
    await releaseBackend()
    expect(() => tf.memory()).toThrow('has not yet been initialized')
    await useBackend({ prefer: ['cpu'] })
    expect(await compute()).toBe(1999000)
  })

  test('may be called twice, and without a backend', async () => {
    await releaseBackend()
    await releaseBackend()
    expect(globalThis.navigator?.gpu).toBeUndefined()
  })

  test.for(['webgpu', 'wasm', 'cpu'] as const)('lets %s be used again', async (name, context) => {
    if (name === 'webgpu') needsGpu(context)
    const first = await useBackend({ prefer: [name] })
    await releaseBackend()
    expect(await useBackend({ prefer: [name] })).toEqual(first)
    expect(await compute()).toBe(1999000)
  })

  test('lets Node exit after WebGPU', async (context) => {
    needsGpu(context)
    expect(await runBackend(`${computeOn('webgpu')} await releaseBackend()`)).toMatchObject({ code: 0 })
  })

  test('waits for work that nobody has read, so that Dawn survives the garbage collector', async (context) => {
    needsGpu(context)
    const source = `import * as tf from '@tensorflow/tfjs-core'
      import { setFlagsFromString } from 'node:v8'
      import { runInNewContext } from 'node:vm'
      setFlagsFromString('--expose-gc')
      const collect = runInNewContext('gc')
      for (let round = 0; round < 10; round++) {
        await useBackend({ prefer: ['webgpu'] })
        tf.sum(tf.range(0, 2000, 1, 'float32'))
        await releaseBackend()
        collect()
      }`
    expect(await runBackend(source)).toMatchObject({ code: 0, stderr: '' })
  })

  test('is not needed for Node to exit after wasm', async () => {
    expect(await runBackend(computeOn('wasm'))).toMatchObject({ code: 0, stdout: 'wasm 1999000\n' })
  })
})

const compute = async (): Promise<number> => (await tf.sum(tf.range(0, 2000, 1, 'float32')).data())[0]!

const computeOn = (name: string): string => `import * as tf from '@tensorflow/tfjs-core'
  await useBackend({ prefer: ['${name}'] })
  const sum = tf.sum(tf.range(0, 2000, 1, 'float32'))
  console.log(tf.getBackend(), (await sum.data())[0]);`

const listeners = () => ['uncaughtException', 'unhandledRejection'].map((event) => process.rawListeners(event))

/** No Vulkan driver, so that Dawn finds no adapter. */
const NO_DRIVER = { VK_ICD_FILENAMES: '/nowhere' }

/** Source that makes packages look as if they were not installed. */
const without = (...names: readonly string[]): string => {
  const hook = `export const resolve = (name, context, next) => {
    if (${JSON.stringify(names)}.includes(name)) throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' })
    return next(name, context)
  }`
  return `import { register } from 'node:module'
    register('data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}')`
}

const runBackend = (source: string, options: RunOptions = {}) =>
  runNode(`import { releaseBackend, useBackend } from './lib/hosts/tfjs/backend.ts'\n${source}`, options)
