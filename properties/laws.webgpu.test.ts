import { webgpuCounters } from '../lib/engines/webgpu/counters.ts'
import { testEngine } from './devices/engines.ts'
import { lawsOn } from './devices/laws.ts'

// A kernel takes a software device tens of milliseconds to compile: fewer examples than elsewhere.
lawsOn(testEngine('webgpu'), 3, () => webgpuCounters)
