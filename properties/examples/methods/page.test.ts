import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { missing } from '../../../examples/methods/experiment.ts'
import { names, openExperiment } from '../../../examples/methods/experiments.ts'
import { withSection } from '../../../examples/methods/page.ts'
import { readRuns, storeOf } from '../../../examples/methods/store.ts'

const page = readFileSync('docs/methods.md', 'utf8')

describe.each(names)('the section of %s in docs/methods.md', (name) => {
  test('is what its runs say, and no run is missing', async () => {
    const experiment = await openExperiment(name)
    const found = readRuns(storeOf(name))
    expect(missing(experiment, found)).toEqual([])
    expect(withSection(page, experiment, found)).toBe(page)
  })
})
