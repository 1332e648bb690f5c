import { describe, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import { jaxjsWorld, openJaxjs } from './devices/jaxjs.ts'
import { seed } from './devices/laws.ts'
import { allLaws } from './laws/all.ts'
import { checkLaw } from './laws/law.ts'
import { subjectOf } from './laws/subject.ts'
import type { World } from './laws/world.ts'

const { alive } = await openJaxjs('wasm')
const world = jaxjsWorld(alive) as unknown as World

const names = ['agrees with float64', 'leaks nothing', 'leaves its inputs untouched']
const laws = allLaws.filter(({ name }) => names.includes(name))

/** What is written by hand has no functions for jax-js. */
const rows = catalogue
  .map(({ name, of: _, make, ...options }) => ({ name, subject: subjectOf(name, make(), options) }))
  .filter(({ subject }) => !subject.opaque)

describe.each(rows)('$name, on jax-js,', ({ subject }) => {
  for (const law of laws.filter((law) => law.applies(subject))) {
    test(law.name, () => checkLaw(law, subject, world, { runs: 1, seed: seed() }))
  }
})
