import { checkRunArgument, positiveInteger } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { chanceFrom } from '../mutants/chance.ts'
import type { RecordedRun } from '../references/agreesWith.ts'
import { type AnyOptimizer, checkSubject, type Vectors } from './subjectOf.ts'

const shapes = { w: 3, b: 2 }

/** Random vectors of everyday size, in thousandths, so that float32 has them nearly. */
export const vectorsFrom = (chance: () => number): Vectors =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, size]) => [
      name,
      Array.from({ length: size }, () => Math.fround(Math.round((chance() * 2 - 1) * 1000) / 1000)),
    ]),
  )

/** The training of an optimizer on random gradients, as a reference for `agreesWith`. Default: 8 steps. */
export const recordedBy = async (subject: AnyOptimizer, steps = 8, ...excess: Excess): Promise<RecordedRun> => {
  noExcess('recordedBy', excess)
  checkSubject('recordedBy', subject)
  checkRunArgument('recordedBy: steps', steps, positiveInteger)
  const chance = chanceFrom(1)
  const start = vectorsFrom(chance)
  const grads = Array.from({ length: steps }, () => vectorsFrom(chance))
  const training = subject.begin(start)
  const params: Vectors[] = []
  for (const g of grads) params.push(await training.step(g))
  training.end()
  return { start, grads, params, tolerance: subject.tolerance } as RecordedRun
}
