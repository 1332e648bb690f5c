import { jaxjsCounters } from '../lib/hosts/jaxjs/engine.ts'
import { jaxjsWorld, openJaxjs } from './devices/jaxjs.ts'
import { lawsIn } from './devices/laws.ts'
import { allLaws } from './laws/all.ts'
import { donateIsTheSame } from './laws/donateIsTheSame.ts'
import type { World } from './laws/world.ts'

const { alive } = await openJaxjs('wasm')
const counters = () => ({ fused: jaxjsCounters.jits, fallbacks: 0 })

// jax-js consumes what it is given: nothing is donated there.
const laws = allLaws.filter((law) => law !== donateIsTheSame)

/** Rows with a stage that is written by hand, and not for jax-js. */
const refused = [
  'chain, an opaque stage',
  'chain, a forecast before an opaque stage',
  'partition, forecasts and an opaque stage',
  'masked, an opaque stage',
  'opaque',
  'projectParams',
]

lawsIn(jaxjsWorld(alive) as unknown as World, 1, counters, refused, laws)
