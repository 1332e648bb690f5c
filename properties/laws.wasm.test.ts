import { wasmCounters } from '../lib/hosts/tfjs/wasm/counters.ts'
import { testEngine } from './devices/engines.ts'
import { lawsOn } from './devices/laws.ts'

lawsOn(testEngine('wasm'), 5, () => wasmCounters)
