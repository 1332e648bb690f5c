/** What forms with stages by hand are taken apart and run with. It comes with the stage: a program of rules alone does not load it. */
import type { ByHand } from '../form/byHand.ts'
import { partsOf } from '../form/parts.ts'
import { stagesOf } from '../form/stages.ts'
import { initStages, runStages } from '../run/runStages.ts'

export const tools: ByHand = { stagesOf, partsOf, init: initStages, run: runStages }
