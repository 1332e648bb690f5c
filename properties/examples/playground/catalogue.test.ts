import { describe, expect, test } from 'vitest'
import { readCatalogue } from '../../../examples/playground/catalogue/read.ts'
import type { Stage } from '../../../examples/playground/catalogue/stage.ts'
import { type Call, codeOf, withArgument, withOption } from '../../../examples/playground/chain/code.ts'
import { readChain } from '../../../examples/playground/chain/read.ts'
import { scaleFor } from '../../../examples/playground/composer/scales.ts'
import { kernelsOf } from '../../../examples/playground/rule/kernels.ts'
import { firstParams, shapesOf } from '../../../examples/playground/rule/reading.ts'
import { parse } from '../../../lib/cli/parse.ts'
import { show } from '../../../lib/core.ts'
import { namesOf, sections } from '../../catalogue/page.ts'
import { catalogue } from '../../catalogue.ts'

const { stages, docs } = readCatalogue()

/** What can be made of functions only, or is made by hand: it can be named by nobody who types data. */
const notOffered = [
  ...['adamL2Masked', 'applyUpdates', 'conditionallyMask', 'conditionallyTransform', 'earlyExit', 'injectHyperparams'],
  ...['ivon', 'measureWithEma', 'monitor', 'multiTransform', 'namedChain', 'partition', 'record', 'scaleByDog'],
  ...['scaleByIvon', 'snapshot', 'stateless', 'statelessWithTreeMap'],
]

const formulas = (text: string): string => {
  const { tx, error } = readChain(text)
  return tx ? show(tx) : error
}

describe('the stages that the playground offers', () => {
  test('are all of docs/catalogue.md that make a transformation of numbers and words', () => {
    const known = new Set(stages.map(({ name }) => name))
    const rows = new Set(catalogue.map(({ of }) => of))
    const missing = sections
      .slice(0, 3)
      .flatMap(({ entries }) => entries.flatMap(namesOf))
      .filter((name) => rows.has(name) && !known.has(name))
    expect(missing.filter((name) => !notOffered.includes(name))).toEqual([])
    expect(stages.length).toBeGreaterThan(160)
  })

  test.each(stages.filter(({ kind }) => kind !== 'schedule').map((stage) => [stage.name, stage] as const))(
    '%s begins with a call that works, and means its defaults',
    (_, stage) => {
      expect(readChain(stage.start).error).toBeUndefined()
      const before = stage.args.map(({ fallback }) => fallback ?? 'undefined')
      const call = parse(stage.start) as Call
      const given: string[] = []
      stage.args.forEach(({ fallback }, i) => {
        if (fallback !== undefined && call.args[i] === undefined)
          given.push(codeOf(withArgument(call, i, parse(fallback), before)))
      })
      for (const { name, fallback } of stage.options)
        if (fallback !== undefined) given.push(codeOf(withOption(call, name, parse(fallback), before)))
      for (const text of given) expect([text, formulas(text)]).toEqual([text, formulas(stage.start)])
    },
  )

  test('say in the words of their checks what they take', () => {
    const find = (name: string): Stage => stages.find((stage) => stage.name === name) as Stage
    expect(find('adamw').args).toEqual([
      { name: 'learningRate', expected: 'a finite number, or a schedule', needed: true },
    ])
    expect(find('scaleByAdam').options[0]).toEqual({
      name: 'b1',
      expected: 'a number from 0 up and below 1',
      needed: false,
      fallback: '0.9',
    })
    expect(find('trace').options[0]).toMatchObject({ name: 'decay', needed: true })
    expect(find('scaleByPolyak').options.at(-1)).toMatchObject({ expected: "'sps' or 'sps+'", fallback: "'sps'" })
    const silent = stages.flatMap(({ name, args, options }) =>
      [...args, ...options].filter(({ expected }) => expected === '').map((given) => `${name}: ${given.name}`),
    )
    expect(silent).toEqual([])
    expect(Object.entries(docs).filter(([, text]) => text.length < 20)).toEqual([])
  })

  test('have sliders that reach their defaults, and stay within what is taken', () => {
    for (const { name, options } of stages)
      for (const given of options) {
        const value = Number(given.fallback)
        const scale = scaleFor(given.name, given.expected, value)
        if (!scale) continue
        for (let place = 0; place <= 1; place += 1 / 64) {
          const x = scale.at(place)
          if (/below 1/.test(given.expected))
            expect([name, given.name, x >= 0 && x < 1]).toEqual([name, given.name, true])
          if (/above 0/.test(given.expected)) expect(x).toBeGreaterThan(0)
          if (/integer/.test(given.expected)) expect(Number.isInteger(x)).toBe(true)
        }
        const near = scale.at(scale.placeOf(value))
        if (value >= 1e-16 && value <= 100 && /below 1/.test(given.expected)) expect(near).toBeCloseTo(value, 3)
      }
  })
})

describe('the kernels that the playground writes', () => {
  const shapes = shapesOf(firstParams)

  test.each(['simd', 'wgsl'] as const)(
    '%s: rows of the catalogue, every fifth, have those of their rules',
    (target) => {
      const some = catalogue.filter((_, i) => i % 5 === (target === 'simd' ? 0 : 2))
      const without = some.filter(({ make }) => kernelsOf(make(), shapes, target).length === 0)
      expect(without.map(({ name }) => name)).toEqual([])
    },
  )

  test('are the same for other numbers, and others for another structure', () => {
    const keys = (text: string): readonly string[] =>
      kernelsOf(readChain(text).tx!, shapes, 'simd').map(({ key }) => key)
    expect(keys('adamw(0.01)')).toEqual(keys('adamw(0.3, { b1: 0.5, weightDecay: 0.1 })'))
    expect(keys('adamw(0.01)')).not.toEqual(keys('adamw(0.01, { nesterov: true })'))
    expect(keys('chain(clipByGlobalNorm(1), adamw(0.01))').length).toBe(2)
  })
})
