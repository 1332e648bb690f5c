import * as tf from '@tensorflow/tfjs-core'
import { ForegradError, useBackend } from '../../lib/index.ts'
import { show } from '../../lib/read/explain.ts'
import type { Compared } from './agree.ts'
import { type Case, drawCase, type EngineName, sizeOf, subjectFor } from './cases.ts'
import { chanceOf } from './chance.ts'
import { play } from './play.ts'
import { smallest } from './smaller.ts'

/** How a case ended. */
export interface Ended {
  readonly engine: EngineName
  readonly of: Case
  readonly compared: Compared
  /** What a failure prints, with a program that fails again; undefined for a case that passed. */
  readonly report?: string
}

const none: Compared = { numbers: 0, explained: 0 }

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'Broken' ? error.message : String(error.stack)
}

/** What a case breaks, as text; undefined where it passes. */
export const failureOf = (of: Case): Promise<string | undefined> => play(of).then(() => undefined, textOf)

const firstLine = (text: string): string => text.split('\n')[0] as string
/** The failure without its numbers and places: a smaller case must fail alike. */
const kindOf = (text: string): string =>
  firstLine(text)
    .replace(/^step \d+, training \d+: /, '')
    .replace(/[[.(:,\d].*/, '')

/** A command that fails again. */
const again = (engine: EngineName, of: Case): string =>
  `npm run fuzz -- --engines ${engine} --case '${JSON.stringify(of).replaceAll("'", "'\\''")}'`

const reportOf = async (engine: EngineName, of: Case, failure: string): Promise<string> => {
  const alike = async (other: Case): Promise<boolean> => {
    const text = await failureOf(other)
    return text !== undefined && kindOf(text) === kindOf(failure)
  }
  const small = await smallest(of, alike)
  const text = (await failureOf(small)) ?? failure
  const tx = subjectFor(small.recipe)?.tx
  return [`case ${of.seed} on ${engine}:`, text, tx ? show(tx) : '', `Again:\n${again(engine, small)}`].join('\n')
}

/** True for what says of itself that it reads numbers, which WebGPU in Node cannot wait for. */
const isRefused = (error: unknown): boolean =>
  error instanceof ForegradError &&
  error.code === 'unsupported' &&
  error.faults.some(({ expected }) => expected === 'a backend that can be read at once')

/** Makes an engine's backend the active one, and runs a case on it. */
export const runCase = async (engine: EngineName, of: Case): Promise<Ended> => {
  if (tf.getBackend() !== engine) await useBackend({ prefer: [engine] })
  try {
    return { engine, of, compared: await play(of) }
  } catch (error) {
    if (isRefused(error)) return { engine, of, compared: none }
    return { engine, of, compared: none, report: await reportOf(engine, of, textOf(error)) }
  }
}

const shares: { readonly [engine in EngineName]: number } = { wasm: 60, cpu: 38, webgpu: 2 }

/** The engine and the case of a number under a seed: most on wasm, few on WebGPU, which is slow in software. */
export const drawn = (seed: number, number: number, engines: readonly EngineName[]): [EngineName, Case] => {
  const chance = chanceOf(seed, number, 'engine')
  const lots = engines.flatMap((engine) => Array<EngineName>(shares[engine]).fill(engine))
  const [engine, of] = [chance.oneOf(lots), drawCase(`${seed} ${number}`)]
  const way =
    engine === 'webgpu' && (of.way === 'driver' || of.way === 'trainer') && sizeOf(of.tree) === 0 ? 'step' : of.way
  return [engine, { ...of, way }]
}
