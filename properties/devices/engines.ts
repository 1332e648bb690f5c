import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type BackendName, releaseBackend, useBackend } from '../../lib/hosts/tfjs/backend.ts'
import { explain, identity } from '../../lib/index.ts'
import { whyNoGpu } from './needs.ts'

/** An engine that tests run on, and the tfjs backend that it belongs to. */
export interface TestEngine {
  readonly name: 'tensors' | 'wasm' | 'webgpu'
  readonly backend: BackendName
  /** Why this machine or this version of the library has no such engine; undefined where it must be there. */
  readonly missing: () => string | undefined
}

const none = (): undefined => undefined

/** Every engine on tensors. A new one joins the tests by its row here. */
export const testEngines: readonly TestEngine[] = [
  { name: 'tensors', backend: 'cpu', missing: none },
  { name: 'wasm', backend: 'wasm', missing: none },
  { name: 'webgpu', backend: 'webgpu', missing: whyNoGpu },
]

export const testEngine = (name: TestEngine['name']): TestEngine => testEngines.find((e) => e.name === name)!

/** What would run a step now. */
export const engineNow = (): string => explain(identity()).engine

/** Opens the engine's backend; an engine that answers to another name is an error, so a silent fallback fails. */
export const openEngine = async ({ name, backend }: TestEngine): Promise<void> => {
  const { why } = await useBackend({ prefer: [backend] })
  if (engineNow() !== name)
    throw new Error(`expected the engine ${name} on ${tf.getBackend()}, got ${engineNow()}: ${why}`)
}

/** A block of tests for each engine, with its backend open. Where one is missing, one test is skipped aloud in their place. */
export const describeEngines = (engines: readonly TestEngine[], body: (engine: TestEngine) => void): void => {
  describe.each(engines)('on the engine $name', (engine) => {
    const reason = engine.missing()
    if (reason !== undefined) {
      test('the same tests', ({ skip }) => skip(reason))
      return
    }
    beforeAll(() => openEngine(engine))
    afterAll(releaseBackend)
    body(engine)
  })
}
