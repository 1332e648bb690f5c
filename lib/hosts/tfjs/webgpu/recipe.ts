/** Recipes: what a pass becomes on a device for leaves of one kind, compiled and kept. */

import { nodesOf } from '../../../expr/fold.ts'
import type { Pass } from '../../../rule/pass.ts'
import { webgpuCounters } from './counters.ts'
import type { Device, Program } from './device.ts'
import { type Binding, type BlockLayout, blockLayout, kernelOf, type Rows } from './kernel.ts'
import type { Told } from './scalars.ts'
import { type Place, type Step, stepsOf, wholePass } from './steps.ts'

/** The read whose buffer an output may take; −1 for a buffer that is not read; undefined for a new one. */
export type Over = number | undefined

/** What makes leaves of one kind: they are carried out by the same kernels. */
export interface Kind {
  readonly told: Told<unknown>
  /** Which source is the buffer of the sums; −1 for none. */
  readonly own: number
  readonly over: readonly Over[]
  readonly width: 1 | 4
  /** Several leaves in a dispatch, which then binds as many buffers as it must. */
  readonly rows?: Rows
}

export interface RecipeStep {
  readonly program: Program
  readonly bindings: readonly Binding[]
  readonly reduces: boolean
}

export interface Recipe {
  readonly steps: readonly RecipeStep[]
  readonly block: BlockLayout
  /** For each output whether it takes the buffer that the pass was given for it. */
  readonly inPlace: readonly boolean[]
  readonly temporaries: number
}

const kindKey = ({ told, over, width, rows }: Kind): string =>
  `${width} ${over} ${rows ? `${rows.count} rows, ${rows.areToldApart}, ${rows.inArena} ` : ''}${told.key}`

/** Recipes of passes, made when first asked for. */
export class Recipes {
  private readonly device: Device
  private readonly known = new WeakMap<Pass, Map<string, Recipe>>()

  constructor(device: Device) {
    this.device = device
  }

  get(pass: Pass, kind: Kind): Recipe {
    const recipes = this.known.get(pass) ?? new Map<string, Recipe>()
    this.known.set(pass, recipes)
    const key = kindKey(kind)
    const found = recipes.get(key)
    if (found) return found
    const made = this.make(pass, kind)
    recipes.set(key, made)
    return made
  }

  private make(pass: Pass, kind: Kind): Recipe {
    const steps = kind.rows ? [wholePass(pass, kind)] : cut(pass, kind, this.device.limits.buffers)
    if (steps.length > 1) webgpuCounters.splits++
    const { told } = kind
    const outputs = steps.flatMap((step) => step.outputs)
    return {
      steps: steps.map((step) => this.compile(pass, kind, step)),
      block: blockLayout(told.numbers.length, told.indices.length, pass.reductions.length),
      inPlace: pass.outputs.map((_, j) =>
        outputs.some(({ to, inPlace }) => to.of === 'output' && to.index === j && inPlace),
      ),
      temporaries: outputs.filter(({ to }) => to.of === 'temporary').length,
    }
  }

  private compile(pass: Pass, kind: Kind, step: Step): RecipeStep {
    const { text, bindings } = kernelFor(pass, kind, step)
    const access = bindings.map(({ writes }) => writes)
    return { program: this.device.program(text, access), bindings, reduces: step.reductions.length > 0 }
  }
}

/** The steps of a pass for leaves of a kind, on a device that binds so many buffers. */
export const cut = (
  pass: Pass,
  { told, own, over }: Pick<Kind, 'told' | 'own' | 'over'>,
  limit: number,
): readonly Step[] => {
  const sources = (used: ReadonlySet<unknown>, reduces: boolean): number => {
    const exprs = pass.uniforms.flatMap(({ input }, k) => {
      const value = told.values[k]
      return used.has(input) && typeof value === 'object' ? [value] : []
    })
    const found = nodesOf(exprs).flatMap((node) => told.loadOf.get(node)?.source ?? [])
    return new Set(reduces ? [...found, own] : found).size
  }
  return stepsOf(pass, { over, sources, limit })
}

/** The kernel of a step of a pass. */
export const kernelFor = (pass: Pass, { told, own, over, width, rows }: Kind, step: Step) =>
  kernelOf({
    step,
    uniforms: pass.uniforms.map(({ input }) => input),
    told,
    own,
    over,
    reductions: pass.reductions.length,
    width,
    rows,
    nameOf: (place) => nameOf(pass, place),
  })

const nameOf = (pass: Pass, { of, index }: Place): string => {
  if (of === 'temporary') return 'part'
  if (of === 'read') return word(pass.reads[index]?.name)
  const target = pass.outputs[index]?.target
  if (target?.to === 'slot') return word(target.name)
  return target?.to === 'params' ? 'p' : target?.to === 'ahead' ? 'ahead' : 'u'
}

/** The last word of a slot's path, as WGSL takes it. */
const word = (path = ''): string => /([A-Za-z][A-Za-z0-9_]*)[^A-Za-z0-9_]*$/.exec(path)?.[1] ?? 'x'
