import { lawsInFloat64 } from './devices/laws.ts'

lawsInFloat64(12)
