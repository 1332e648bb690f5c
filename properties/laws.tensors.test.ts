import { testEngine } from './devices/engines.ts'
import { lawsOn } from './devices/laws.ts'

lawsOn(testEngine('tensors'), 4, undefined, 2)
