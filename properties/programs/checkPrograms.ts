import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import {
  callable,
  checkRunArgument,
  checkRunOptions,
  integer,
  type Kind,
  type Kinds as OptionKinds,
  positiveInteger,
} from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import { describe, ForegradError, raise } from '../../lib/errors/error.ts'
import { type GradientTransformation, isTransformation } from '../../lib/form/transformation.ts'
import { type BackendName, useBackend } from '../../lib/hosts/tfjs/backend.ts'
import { show } from '../../lib/read/explain.ts'
import { signal } from '../../lib/rule/rule.ts'
import { chain } from '../../transforms/combinators/chain.ts'
import { masked } from '../../transforms/combinators/masked.ts'
import { scaleByLearningRate } from '../../transforms/rules/scaleByLearningRate.ts'
import { Broken } from '../laws/law.ts'
import { lawSubject } from '../laws/subject.ts'
import { type Instruction, instructions, type Kinds, type Setting, settings } from './instruction.ts'
import { allows, type Model, modelOf } from './model.ts'
import { abandon, end, type Players, play, type Stage, stageOf } from './play.ts'
import { programText } from './text.ts'

/** Options of `checkPrograms`. */
export interface ProgramsOptions {
  /** How many programs. Default: 20. */
  readonly runs?: number
  /** Where the random numbers start. Default: another one each time. */
  readonly seed?: number | undefined
  /** How many instructions a program has at most. Default: 20. */
  readonly instructions?: number
  /** The backends that a program is begun on (the first) and goes from one to another of. Default: wasm and cpu. */
  readonly backends?: readonly BackendName[]
}

const backendsKind: Kind = {
  expected: "a list of 'wasm', 'cpu' and 'webgpu'",
  test: (x) =>
    Array.isArray(x) && x.length > 0 && x.every((name) => ['wasm', 'cpu', 'webgpu'].includes(name as string)),
}

const optionKinds: OptionKinds<ProgramsOptions> = {
  runs: positiveInteger,
  seed: integer,
  instructions: positiveInteger,
  backends: backendsKind,
}

/** What a form that does not take another makes of it: nothing. */
const fitting = <A>(make: () => A): A | undefined => {
  try {
    return make()
  } catch (error) {
    if (error instanceof ForegradError) return undefined
    throw error
  }
}

const isMatrix = (params: unknown) => treeMap(params as Tree<{ readonly rank: number }>, ({ rank }) => rank === 2)

/** The optimizer with a rate: behind it, or where nothing may stand behind it, before it. */
const ratings: readonly (readonly [string, (tx: GradientTransformation) => GradientTransformation])[] = [
  ["chain(tx, scaleByLearningRate(signal('rate')))", (tx) => chain(tx, scaleByLearningRate(signal('rate')))],
  ["chain(scaleByLearningRate(signal('rate')), tx)", (tx) => chain(scaleByLearningRate(signal('rate')), tx)],
]

const ratedOf = (tx: GradientTransformation) =>
  ratings.map(([text, make]) => ({ text, tx: fitting(() => make(tx)) })).find(({ tx }) => tx !== undefined)

/** What a program runs, with a rate or without. */
const playersOf = (tx: GradientTransformation, rated: boolean, byHand: boolean): Players => {
  const whole = (rated && ratedOf(tx)?.tx) || tx
  const onMatrices = fitting(() => masked(whole, isMatrix as never) as GradientTransformation)
  return { rated, byHand, tx: { whole, masked: onMatrices ?? whole } }
}

/** An instruction as a command of fast-check: where it makes sense, what it does, and what must hold after it. */
class Played implements fc.AsyncCommand<Model, Stage> {
  readonly instruction: Instruction
  constructor(instruction: Instruction) {
    this.instruction = instruction
  }
  check(model: Readonly<Model>): boolean {
    return allows(model, this.instruction)
  }
  run(model: Model, stage: Stage): Promise<void> {
    return play(model, stage, this.instruction)
  }
}

const made = (make: () => GradientTransformation): GradientTransformation => {
  const tx: unknown = make()
  const advice = "checkPrograms('mine', () => mine(0.1)) asks what the function makes."
  const given = { path: 'checkPrograms: make', expected: 'a function that makes a transformation' }
  raise('bad-argument', isTransformation(tx) ? [] : [{ ...given, got: `one of ${describe(tx)}` }], advice)
  return tx as GradientTransformation
}

const subjectIn = (name: string, make: () => GradientTransformation) => {
  const subject = lawSubject(name, made(make))
  const lacks = { path: `checkPrograms: ${name}`, expected: 'a meaning on float64 numbers', got: 'a stage without one' }
  raise('unsupported', subject.hasMeaning ? [] : [lacks], 'Give the stage written by hand its function float64.')
  return subject
}

interface Failed {
  readonly seed: number
  readonly counterexamplePath: string | null
  readonly errorInstance: unknown
}

/**
 * Plays random programs with an optimizer on tfjs, against a model in float64: two trainings that step, donated or not, are written as plain data and
 * read back, go on under a mask, under another rate, on another backend, from each other's trees (the same tensors, or clones of them), are disposed
 * of and begun anew. After each instruction every number is what float32 may make of the float64 rule (of steps) or what it was, bit for bit
 * (of everything else), as many tensors are alive as the trainings hold, and a training whose trees are gone is refused by its error.
 *
 * `make` is called for each program, so that what an optimizer keeps beside its state begins anew with it.
 *
 * Defaults: runs = 20 programs of at most instructions = 20, begun on wasm, switched to cpu and back; another seed each time.
 *
 * Errors: rejects with `Broken`: what does not hold, the seed, and the smallest program found, as source to be pasted under `const tx = …`, whose
 * last line fails; `unsupported` for a stage by hand without `float64`; `bad-argument`; what `useBackend` and the optimizer throw.
 *
 * @example await checkPrograms('signMomentum', () => signMomentum(0.9))
 */
export const checkPrograms = async (
  name: string,
  make: () => GradientTransformation,
  options: ProgramsOptions = {},
  ...excess: Excess
): Promise<void> => {
  noExcess('checkPrograms', excess)
  checkRunArgument('checkPrograms: name', name, { expected: 'a text', test: (x) => typeof x === 'string' })
  checkRunArgument('checkPrograms: make', make, callable)
  checkRunOptions('checkPrograms', options, optionKinds)
  const { runs = 20, seed, instructions: most = 20, backends = ['wasm', 'cpu'] } = options
  const { tx, signals, extraTrees: trees, opaque } = subjectIn(name, make)
  const rates = ratedOf(tx) !== undefined
  const masks = fitting(() => masked(tx, isMatrix as never)) !== undefined
  const kinds: Kinds = { backends, signals, trees, rates, masks }
  const commands = instructions(kinds).map((it) => it.map((instruction) => new Played(instruction)))
  let failed: { readonly stage: Stage; readonly setting: Setting } | undefined
  const property = fc.asyncProperty(
    settings(kinds),
    fc.commands<Model, Stage, false>(commands, { maxCommands: most, size: 'max' }),
    async (setting, program) => {
      await useBackend({ prefer: [backends[0] as BackendName] })
      const stage = stageOf(playersOf(made(make), setting.rated, opaque))
      const model = modelOf(setting)
      try {
        await fc.asyncModelRun(() => ({ model, real: stage }), program)
        end(model, stage)
      } catch (error) {
        // The last to fail is the smallest.
        failed = { stage, setting }
        abandon(stage)
        throw error
      }
    },
  )
  const active = tf.getBackend()
  try {
    const result = (await fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })) as Failed & {
      readonly failed: boolean
    }
    if (result.failed && failed) throw new Broken(report(name, tx, failed, result, backends))
  } finally {
    if (active) await tf.setBackend(active)
  }
}

const report = (
  name: string,
  tx: GradientTransformation,
  { stage, setting }: { readonly stage: Stage; readonly setting: Setting },
  { seed, counterexamplePath, errorInstance }: Failed,
  [backend]: readonly BackendName[],
): string => {
  const said = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  const about = `tx is ${name}:\n${show(tx)}`
  const opened = `await useBackend({ prefer: ['${backend}'] })`
  const wording = { about, rated: setting.rated ? ratedOf(tx)?.text : undefined }
  return [
    `${name} fails in a program of ${stage.lines.length} lines: ${said}`,
    `seed ${seed}, path ${counterexamplePath}, program:`,
    '',
    programText(wording, [opened, ...stage.lines]),
  ].join('\n')
}
