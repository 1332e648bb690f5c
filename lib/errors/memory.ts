/** What is said of memories and devices that are full, too small or gone. */
import { errorOf, type ForegradError } from './error.ts'

const full = (path: string, expected: string, got: string, advice: string): ForegradError =>
  errorOf('out-of-memory', path, expected, got, advice)

const inPlace = 'or step with donate: true, which needs no memory beside the gradients.'

export const fullWasm = (bytes: number): ForegradError =>
  full(
    'memory',
    `room for ${bytes} bytes`,
    "none in tfjs's WebAssembly memory",
    `Dispose of tensors that are done with, take smaller leaves or batches, ${inPlace}`,
  )
export const fullWebgpu = (bytes: number): ForegradError =>
  full(
    'webgpu',
    `memory for a buffer of ${bytes} bytes that was asked for since the last step`,
    'none',
    `What was computed since then may hold zeros: dispose of tensors that are done with, go on from a state that was not given to a donated step since, ${inPlace}`,
  )
export const tooLarge = (bytes: number, most: number): ForegradError =>
  full('webgpu', `room for ${bytes} bytes`, `buffers of at most ${most} bytes`, 'Cut the leaf into smaller ones.')
export const fullArrays = (bytes: number, all: number): ForegradError =>
  full(
    'arrays',
    `${bytes} bytes more of WebAssembly memory`,
    `none: ${all} are all there is`,
    'Give back by dispose what is not needed; one memory holds 4 GB, and another instance has its own.',
  )
export const lostDevice = (why: string): ForegradError =>
  errorOf(
    'device-lost',
    'webgpu',
    'a GPU device',
    `a lost one (${why})`,
    'What was read from the GPU before is sound: call useBackend() again, make tensors of it and go on from there.',
  )
export const tooFewBuffers = (limit: number): ForegradError =>
  errorOf(
    'unsupported',
    'webgpu',
    'room for three trees in a kernel',
    `${limit} storage buffers in all`,
    'Let useBackend open the device: it asks for all that the GPU has.',
  )
/** Threads that took parts of a pass and did not come back. */
export const lostThreads = (missing: number, seconds: number): ForegradError =>
  errorOf(
    'unsupported',
    'threads',
    'every thread to carry out the parts of a pass that it took',
    `${missing} of them without an answer for ${seconds} seconds`,
    'What the call was to write is not whole: go on from a checkpoint. From now on one thread works alone.',
  )
