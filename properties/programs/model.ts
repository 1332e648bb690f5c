/** What is known of a program's two trainings without running anything on an engine: their numbers, and whose trees are whose. */
import type { NdArray } from '../../lib/data/ndArray.ts'
import type { Tree } from '../../lib/data/tree.ts'
import type { Instruction, Name, Setting } from './instruction.ts'

/** Under which of the two a training goes on: the whole optimizer, or that on matrices alone. */
export type Which = 'whole' | 'masked'

/** The numbers of a training. */
export interface Numbers {
  readonly params: Tree<NdArray>
  readonly state: unknown
}

/** Stands for the tensors of a tree: two trainings with the same token hold the same tensors. */
export type Token = object

export interface Held {
  readonly kind: 'held'
  readonly which: Which
  readonly numbers: Numbers
  readonly tokens: Readonly<Record<keyof Numbers, Token>>
}

/** A training whose trees are gone. With a code, the next step of it must be refused in these words. */
export interface Lost {
  readonly kind: 'lost'
  readonly which: Which
  readonly code: 'consumed-state' | 'disposed-tensor' | undefined
}

export type Training = { readonly kind: 'none' } | Held | Lost

export interface Saved {
  readonly which: Which
  readonly numbers: Numbers
}

export interface Model {
  readonly setting: Setting
  readonly trainings: Record<Name, Training>
  readonly saved: Partial<Record<Name, Saved>>
  rate: number
}

export const modelOf = (setting: Setting): Model => ({
  setting,
  trainings: { a: { kind: 'none' }, b: { kind: 'none' } },
  saved: {},
  rate: 1,
})

export const other = (name: Name): Name => (name === 'a' ? 'b' : 'a')

export const parts = ['params', 'state'] as const

/** The parts of a training that it holds alone. */
export const ownParts = ({ trainings }: Model, of: Name): readonly (keyof Numbers)[] => {
  const [own, beside] = [trainings[of], trainings[other(of)]]
  if (own.kind !== 'held') return []
  if (beside.kind !== 'held') return parts
  return parts.filter((part) => own.tokens[part] !== beside.tokens[part])
}

/** Whether an instruction makes sense where the trainings are. */
export const allows = (model: Model, it: Instruction): boolean => {
  if (it.do === 'rate') return model.setting.rated
  if (it.do === 'backend') return true
  const own = model.trainings[it.of]
  switch (it.do) {
    case 'begin':
      return true
    case 'step':
      return own.kind !== 'lost' || own.code !== undefined
    case 'restore':
      return model.saved[it.of] !== undefined
    case 'share':
      return model.trainings[other(it.of)].kind === 'held'
    case 'dispose':
      return own.kind === 'held' && ownParts(model, it.of).length === parts.length
    default:
      return own.kind === 'held'
  }
}
