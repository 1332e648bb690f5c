/**
 * What a step of AdamW costs on jax-js: ours with scalars on the host, beside jax-js's own optimizer's formula, all leaves under one `jit`.
 *
 *     npx tsx examples/benchmarks/jaxjs.ts
 */
import { blockUntilReady, defaultDevice, init, jit, numpy as np } from '@jax-js/jax'
import { adamw } from '../../lib/core.ts'
import { consuming, refTree } from '../../lib/hosts/jaxjs/consume.ts'
import { jaxjsHost } from '../../lib/hosts/jaxjs/host.ts'
import type { JaxArray } from '../../lib/jaxjs.ts'
import { initForm, runForm } from '../../lib/run/runForm.ts'
import { each, random, type Shape, shapeText } from './contestants.ts'
import { rate } from './rules.ts'

const [b1, b2, eps, decay] = [0.9, 0.999, 1e-8, 1e-4]
const arrays = (shape: Shape): JaxArray[] => each(shape, () => np.array(random(shape.size)))
const zeros = (shape: Shape): JaxArray[] => each(shape, () => np.zeros([shape.size]))

type Step = () => readonly JaxArray[]

const ours = (shape: Shape): Step => {
  const { form } = adamw(rate)
  const grads = arrays(shape)
  let params = arrays(shape)
  let state = initForm(form, params, jaxjsHost)
  return () => {
    const made = consuming([params, state], () => runForm(form, 'step', { grads, state, params }, jaxjsHost))
    params = made.params as JaxArray[]
    state = made.state
    return params
  }
}

interface Theirs {
  readonly count: JaxArray
  readonly mu: JaxArray[]
  readonly nu: JaxArray[]
  readonly params: JaxArray[]
}

/** adamw of @jax-js/optax, its formula written out: the count in the graph, all leaves in one function. */
const theirs = (shape: Shape): Step => {
  const update = jit(((grads: JaxArray[], { count, mu, nu, params }: Theirs) => {
    const next = count.add(1)
    const [c1, c2] = [b1, b2].map((b) => np.array(1).sub(np.exp(next.ref.mul(Math.log(b))))) as [JaxArray, JaxArray]
    const made = grads.map((g, i) => {
      const m = (mu[i] as JaxArray).mul(b1).add(g.ref.mul(1 - b1))
      const v = (nu[i] as JaxArray).mul(b2).add(np.square(g).mul(1 - b2))
      const u = m.ref.div(c1.ref).div(np.sqrt(v.ref.div(c2.ref)).add(eps))
      const p = params[i] as JaxArray
      return { m, v, p: p.ref.sub(u.add(p.mul(decay)).mul(rate)) }
    })
    c1.dispose()
    c2.dispose()
    return { count: next, mu: made.map(({ m }) => m), nu: made.map(({ v }) => v), params: made.map(({ p }) => p) }
  }) as never) as unknown as (grads: JaxArray[], state: Theirs) => Theirs
  const grads = arrays(shape)
  let now: Theirs = { count: np.array(0), mu: zeros(shape), nu: zeros(shape), params: arrays(shape) }
  return () => {
    now = update(refTree(grads), now)
    return [...now.params, ...now.mu, ...now.nu]
  }
}

const time = async (step: Step): Promise<number> => {
  const start = performance.now()
  await blockUntilReady([...step()])
  return performance.now() - start
}

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] as number

await init('wasm')
defaultDevice('wasm')
for (const shape of [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
]) {
  const [own, other] = [ours(shape), theirs(shape)]
  for (const step of [own, own, other]) await time(step)
  const [a, b]: [number[], number[]] = [[], []]
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 3; i++) a.push(await time(own))
    b.push(await time(other))
  }
  const [mine, its] = [median(a), median(b)]
  console.log(
    `${shapeText(shape)}: ${mine.toFixed(1)} ms; one jit ${its.toFixed(0)} ms, ${(its / mine).toFixed(1)} times`,
  )
}
