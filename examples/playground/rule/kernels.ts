/**
 * The kernels of a chain as text, without an engine: a step is run on buffers that have nothing but a shape, by an engine that writes down what it
 * is asked for.
 */

import { type Tree, treeMap } from '../../../lib/data/tree.ts'
import { ForegradError } from '../../../lib/errors/error.ts'
import { isMarked, modesOf, stagesOf } from '../../../lib/form/stages.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { Engine, PassCall } from '../../../lib/hosts/engine.ts'
import type { Host } from '../../../lib/hosts/host.ts'
import { cut, type Kind, kernelFor } from '../../../lib/hosts/tfjs/webgpu/recipe.ts'
import { type DeviceNumber, deviceScalars, isKnown, load, tell } from '../../../lib/hosts/tfjs/webgpu/scalars.ts'
import type { Pass } from '../../../lib/rule/pass.ts'
import type { Mode } from '../../../lib/rule/program.ts'
import { whySpread } from '../../../lib/rule/whySpread.ts'
import { initForm, runForm } from '../../../lib/run/runForm.ts'
import { kernelText } from '../../../lib/simd/text.ts'
import { namesIn } from './names.ts'

/** A pass as its kernel. */
export interface KernelOfPass {
  /** Passes of one key share a kernel: a number that changes compiles nothing. */
  readonly key: string
  /** One program, or several where a device binds too few buffers; a sentence why there is none. */
  readonly text: string
}

/** For which engine: SIMD in WebAssembly, or WGSL on WebGPU. */
export type Target = 'simd' | 'wgsl'

/** A leaf that has nothing but a shape. */
class Blank {
  readonly shape: readonly number[]

  constructor(shape: readonly number[]) {
    this.shape = shape
  }
}

type Call = PassCall<Blank, DeviceNumber>

const sums = { name: 'the buffer of the sums' }

/** How many storage buffers a kernel may bind: what every device has, else what `useBackend` gets from most. */
const buffers = [8, 16, 32]

const wgslOf = ({ pass, reads, into, uniforms, shapes }: Call): string => {
  const why = whySpread(pass)
  if (why !== undefined) return `No kernel: ${why}, so this pass runs as ops of tfjs.`
  const given = uniforms.map((value) => {
    const one = Array.isArray(value) ? (value[0] as number | DeviceNumber) : (value as number | DeviceNumber)
    return typeof one !== 'number' && isKnown(one) ? one.value : one
  })
  const told = tell(given, (source) => source === sums)
  const over = pass.outputs.map((_, j) => {
    const buffer = into[j]?.[0]
    return buffer && reads.findIndex(([read]) => read === buffer)
  })
  const size = shapes[0]?.reduce((n, d) => n * d, 1) ?? 1
  const kind = { told, own: told.sources.indexOf(sums), over, width: size % 4 === 0 ? (4 as const) : (1 as const) }
  for (const most of buffers) {
    const text = programs(pass, kind, most)
    if (text !== undefined) return text
  }
  return 'No kernel: it binds more buffers than most devices have.'
}

const programs = (pass: Pass, kind: Kind, most: number): string | undefined => {
  try {
    return cut(pass, kind, most)
      .map((step) => kernelFor(pass, kind, step).text)
      .join('\n')
  } catch (error) {
    if (error instanceof ForegradError) return undefined
    throw error
  }
}

const simdOf = ({ pass }: Call): string => {
  const why = whySpread(pass)
  return why === undefined ? kernelText(pass) : `No kernel: ${why}, so this pass runs as ops of tfjs.`
}

/** An engine that writes down its kernels instead of running them. */
const writer = (target: Target, found: Map<string, KernelOfPass>): Engine<Blank, DeviceNumber> => ({
  name: 'writer',
  fast: true,
  wideSums: target === 'simd',
  scalars: deviceScalars,
  run: (call) => {
    const { pass, shapes } = call
    const key = `${pass.key} ${call.shapes.length}`
    if (!found.has(key)) found.set(key, { key: pass.key, text: target === 'simd' ? simdOf(call) : wgslOf(call) })
    return {
      outputs: pass.outputs.map(() => shapes.map((shape) => new Blank(shape))),
      reductions: pass.reductions.map(({ over, along }) => {
        if (along) return along.shapes.map((shape) => new Blank(shape))
        return over === 'leaf' ? shapes.map((_, k) => load(sums, k)) : load(sums, 0)
      }),
    }
  },
  read: (buffer) => load(buffer, 0),
  write: () => new Blank([]),
  fill: (shape) => new Blank(shape),
  copy: ({ shape }) => new Blank(shape),
  writable: () => true,
  identity: (buffer) => buffer,
  dispose: () => undefined,
  scope: (f) => f(),
})

const blank = (shapes: Tree<{ readonly shape: readonly number[] }>): Tree<Blank> =>
  treeMap(shapes, ({ shape }) => new Blank(shape))

/** Gates open now and then: so many steps show what is behind most of them. */
const steps = 6

/** The kernels of a step, each once, for parameters of these shapes: those of its rules; a stage written by hand has none. */
export const kernelsOf = (
  tx: GradientTransformation,
  shapes: Tree<{ readonly shape: readonly number[] }>,
  target: Target,
): readonly KernelOfPass[] => {
  const found = new Map<string, KernelOfPass>()
  const engine = writer(target, found) as unknown as Engine<Blank, unknown>
  const host: Host<Blank> = {
    name: 'writer',
    leaves: 'shapes',
    engine: () => engine,
    areAlive: () => true,
    check: () => undefined,
  }
  const { signals, trees } = namesIn(tx)
  const stages = stagesOf(tx.form)
  const modes = modesOf(stages, isMarked(tx.form) ? 'lookahead' : 'step')
  const carried = stages.flatMap(({ carries }) => carries ?? [])
  const extra = {
    ...Object.fromEntries(signals.map((name) => [name, 1])),
    ...Object.fromEntries([...trees, ...carried].map((name) => [name, blank(shapes)])),
  }
  stages.forEach(({ form }, i) => {
    if (form.kind !== 'rule') return
    let state = initForm(form, blank(shapes), host)
    for (let t = 0; t < steps; t++) {
      const given = { grads: blank(shapes), params: blank(shapes), state, extra, donate: true }
      state = runForm(form, modes[i] as Mode, given, host).state
    }
  })
  return [...found.values()]
}
