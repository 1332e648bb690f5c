import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { tensorsEngine } from '../../../../../lib/hosts/tfjs/tensors.ts'
import { engineOf, type WebgpuEngine } from '../../../../../lib/hosts/tfjs/webgpu/engine.ts'
import type { DeviceNumber } from '../../../../../lib/hosts/tfjs/webgpu/scalars.ts'
import type { Limits } from '../../../../../lib/hosts/tfjs/webgpu/shape.ts'
import type { Pass } from '../../../../../lib/rule/pass.ts'
import { describeEngines, testEngine } from '../../../../devices/engines.ts'

/** A block of tests on the WebGPU engine; the device must complain of nothing in it. Skipped aloud where there is none. */
export const describeWebgpu = (body: () => void): void =>
  describeEngines([testEngine('webgpu')], () => {
    const complaints: string[] = []
    const listen = (event: GPUUncapturedErrorEvent) => complaints.push(event.error.message)
    beforeAll(() => deviceNow().addEventListener('uncapturederror', listen))
    afterAll(async () => {
      await deviceNow().queue.onSubmittedWorkDone()
      expect(complaints).toEqual([])
    })
    body()
  })

/** tfjs's device. */
export const deviceNow = (): GPUDevice => (tf.backend() as tf.KernelBackend & { device: GPUDevice }).device

/** An engine of its own on tfjs's device, which may be told to bind less than the device allows. */
export const engineNow = (limits: Partial<Limits> = {}): WebgpuEngine => engineOf(tf.backend(), tensorsEngine, limits)

/** What a test gives a pass: `reads[i][leaf]`, and its uniforms. */
export interface Given {
  readonly reads: readonly (readonly (readonly number[])[])[]
  readonly sizes?: readonly number[]
  readonly uniforms?: readonly (number | DeviceNumber | readonly (number | DeviceNumber)[])[]
  /** For each output the read that it may overwrite. */
  readonly over?: readonly (number | undefined)[]
}

export interface Ran {
  /** outputs[j][leaf] */
  readonly outputs: readonly (readonly number[])[][]
  /** reductions[r][leaf]; one number where the reduction is over the tree. */
  readonly reductions: readonly (readonly number[])[]
}

/** Runs a pass on the device and reads what it made. */
export const runPass = async (engine: WebgpuEngine, pass: Pass, given: Given): Promise<Ran> => {
  const { uniforms = [], over = [] } = given
  const reads = given.reads.map((leaves) => leaves.map((cells) => tf.tensor1d([...cells], 'float32')))
  const sizes = given.sizes ?? given.reads[0]?.map(({ length }) => length) ?? []
  const into = pass.outputs.map((_, j) => (over[j] === undefined ? undefined : reads[over[j]]))
  const made = engine.run({ pass, shapes: sizes.map((size) => [size]), reads, into, uniforms })
  const written = made.reductions.map((r) =>
    (Array.isArray(r) ? (r as readonly DeviceNumber[]) : [r as DeviceNumber]).map((value) =>
      engine.write(value, undefined),
    ),
  )
  const outputs = await Promise.all(made.outputs.map((leaves) => Promise.all(leaves.map(cellsOf))))
  const reductions = await Promise.all(written.map(async (list) => (await Promise.all(list.map(cellsOf))).flat()))
  tf.dispose([...reads.flat(), ...made.outputs.flat(), ...written.flat()])
  return { outputs, reductions }
}

const cellsOf = async (tensor: tf.Tensor): Promise<number[]> => [...(await tensor.data())]
