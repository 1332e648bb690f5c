import { wasmCounters } from '../lib/engines/wasm/counters.ts'
import { testEngine } from './devices/engines.ts'
import { lawsOn } from './devices/laws.ts'

lawsOn(testEngine('wasm'), 5, () => wasmCounters)
