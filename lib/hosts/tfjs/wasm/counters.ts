import type { Counters } from '../../../simd/link.ts'

/** What this engine did since the program began; its fallbacks are tfjs ops. */
export const wasmCounters: Counters = { compiled: 0, fused: 0, fallbacks: 0, nested: 0 }
