import { webgpuCounters } from '../lib/hosts/tfjs/webgpu/counters.ts'
import { testEngine } from './devices/engines.ts'
import { lawsOn } from './devices/laws.ts'

// Few scenarios, and laws in turn: the software device takes milliseconds for every read.
lawsOn(testEngine('webgpu'), 2, () => webgpuCounters, 3)
