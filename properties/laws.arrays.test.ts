import { arraysCounters } from '../lib/hosts/arrays/engine.ts'
import { lawsIn } from './devices/laws.ts'
import { arrayWorld, type World } from './laws/world.ts'

/** Rows with a stage that is written by hand, and not for arrays. */
const refused = [
  'chain, an opaque stage',
  'chain, a forecast before an opaque stage',
  'partition, forecasts and an opaque stage',
  'masked, an opaque stage',
  'opaque',
  'projectParams',
]

lawsIn(arrayWorld() as unknown as World, 3, () => arraysCounters, refused)
