/** Recorded projections and tree functions of optax, typed. */
import { readFileSync } from 'node:fs'
import type { Nested } from '../transforms/losses/numbers.ts'

/** Nested lists by name. */
export type NestedTree = Nested | { readonly [key: string]: NestedTree }

export interface RecordedCall {
  readonly id: string
  readonly config: Readonly<{ fn: string; args?: Readonly<Record<string, number | string | boolean>> }>
  readonly inputs: Readonly<Record<string, NestedTree>>
  readonly outputs: Readonly<{ value: NestedTree }>
  readonly rtol_hint: number
}

export const recordedTrees: Readonly<Record<'projections' | 'functions', readonly RecordedCall[]>> = JSON.parse(
  readFileSync(new URL('./trees.json', import.meta.url), 'utf8'),
)
