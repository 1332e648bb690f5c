import * as tf from '@tensorflow/tfjs-core'
import { bind } from '../../lib/form/layout.ts'
import { isMarked } from '../../lib/form/stages.ts'
import { tfjsHost } from '../../lib/hosts/tfjs/host.ts'
import { findMemory, type WasmBackend } from '../../lib/hosts/tfjs/wasm/backend.ts'
import { wasmCounters } from '../../lib/hosts/tfjs/wasm/counters.ts'
import type { GradientTransformation } from '../../lib/index.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { runForm } from '../../lib/run/runForm.ts'
import { link } from '../../lib/simd/link.ts'

/** Milliseconds of the parts of a rule's first use, one after another. */
export interface FirstUse {
  /** From the rule to its passes. */
  readonly plan: number
  /** From the passes to kernels that can be called. */
  readonly link: number
  /** What the first step takes beyond the second, when its kernels are there. */
  readonly step: number
}

const timed = <A>(f: () => A): readonly [number, A] => {
  const start = performance.now()
  const made = f()
  return [performance.now() - start, made]
}

/**
 * What the very first use of each rule takes, in a process that has not used any: planning; emitting, compiling and instantiating; and the
 * first step. The leaves have one number each, so the arithmetic is nothing, and whatever the runtime has not yet compiled itself is in it.
 */
export const firstUse = (rules: Readonly<Record<string, () => GradientTransformation>>): Record<string, FirstUse> =>
  Object.fromEntries(
    Object.entries(rules).map(([name, make]) => {
      const tx = make()
      const mode = isMarked(tx.form) ? 'lookahead' : 'step'
      const [params, grads] = [{ w: tf.zeros([1]) }, { w: tf.zeros([1]) }]
      const state = tx.init(params)
      const memory = findMemory(tf.backend() as unknown as WasmBackend) as WebAssembly.Memory
      const [plan, { groups }] = timed(() => bind(tx.form as Rule, params).plan(mode, { fast: true, wideSums: true }))
      const [linking] = timed(() => {
        for (const pass of groups.flatMap(({ passes }) => passes)) {
          if (pass) link(memory, pass, wasmCounters)
        }
      })
      const [first, second] = [0, 1].map(() => {
        const [took, made] = timed(() => runForm(tx.form, mode, { grads, state, params }, tfjsHost))
        tf.dispose(made as never)
        return took
      }) as [number, number]
      return [name, { plan, link: linking, step: first - second }]
    }),
  )
