/** No row moves more than its state, the gradients and the parameters once, but for those whose sums must be known before they go on. */
import { expect, test } from 'vitest'
import { type Explanation, explain } from '../../lib/core.ts'
import { catalogue } from '../catalogue.ts'

/** What is read twice, by the export: what a second pass waits for. */
const waits: Readonly<Record<string, readonly string[]>> = {
  'a norm of the whole tree': [
    ...['clipByGlobalNorm', 'normalize', 'normalizeByUpdateNorm', 'scaleByPolyak', 'polyakSgd', 'flatten'],
    ...['injectHyperparams', 'chain', 'namedChain', 'selectiveTransform', 'conditionallyMask', 'masked', 'partition'],
  ],
  'a norm or a mean of each leaf': [
    ...['clipByBlockRms', 'scaleByTrustRatio', 'lamb', 'lars', 'fromage', 'scaleByNovograd', 'novograd', 'cautious'],
    ...['scaleByParamBlockNorm', 'scaleByParamBlockRms', 'scaleByDistanceOverGradients', 'adaptiveGradClip'],
    ...['scaleByStableAdam', 'stableAdamw', 'scaleByAmos', 'rule'],
    ...['marsCorrection', 'marsAdamw', 'marsLion', 'marsShampoo', 'marsM'],
  ],
  'an estimate of the distance or of the rate': [
    ...['scaleByDog', 'scaleByDowg', 'dog', 'dowg', 'prodigy', 'momo', 'momoAdam', 'mechanize'],
  ],
  'whether the gradients are finite, or large': ['applyIfFinite', 'multiSteps'],
  'means over the axes of a leaf': ['scaleByFactoredRms', 'adafactor'],
}
const waiting = Object.values(waits).flat()

/**
 * Trees that are moved, each once: four bytes a parameter. What a stage by hand moves is not known; the rules on its two sides are passes of their
 * own over what goes in and what comes out.
 */
const onceOf = ({ passes }: Explanation): number => {
  let part = 0
  const moved = new Set<string>()
  for (const { reads, writes } of passes) {
    if (reads.some((name) => name.startsWith('('))) part++
    else
      for (const name of [...reads.map((from) => `from ${from}`), ...writes.map((to) => `to ${to}`)])
        moved.add(`${part} ${name}`)
  }
  return 4 * moved.size
}

const rows = catalogue.map(({ name, of, make }) => [name, of, explain(make())] as const)

test.each(rows)('%s: moves each tree once, or waits for what it is listed for', (_, of, explanation) => {
  if (!waiting.includes(of)) expect(explanation.bytesPerParam).toBeLessThanOrEqual(onceOf(explanation))
})

test('every row that is listed moves more, in one of its forms', () => {
  const more = new Set(rows.filter(([, , e]) => e.bytesPerParam > onceOf(e)).map(([, of]) => of))
  expect(waiting.filter((of) => !more.has(of))).toEqual([])
})

test.each(rows)('%s: writes no tree twice', (_, __, { passes }) => {
  const writes = passes.flatMap((pass) => pass.writes).filter((name) => !/^(\(|updates$|sum\d)/.test(name))
  expect(new Set(writes).size).toBe(writes.length)
})

test('a mini-step that accumulates moves 12 bytes a parameter', () => {
  const of = (name: string) => rows.find(([row]) => row === name)![2]
  expect(of('multiSteps').closed?.bytesPerParam).toBe(12)
})
