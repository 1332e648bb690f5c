import { arraysCounters } from '../lib/hosts/arrays/engine.ts'
import { lawsIn } from './devices/laws.ts'
import { arrayWorld, type World } from './laws/world.ts'

lawsIn(arrayWorld() as unknown as World, 3, () => arraysCounters)
