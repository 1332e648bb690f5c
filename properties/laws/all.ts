import { chainAssociative } from './chainAssociative.ts'
import { convergesAtItsRate } from './convergesAtItsRate.ts'
import { deterministic } from './deterministic.ts'
import { donateIsTheSame } from './donateIsTheSame.ts'
import { engineAgrees } from './engineAgrees.ts'
import { failsSafely } from './failsSafely.ts'
import { goesDownhill } from './goesDownhill.ts'
import { identityNeutral } from './identityNeutral.ts'
import { inputsUntouched } from './inputsUntouched.ts'
import type { Law } from './law.ts'
import { leavesPermute } from './leavesPermute.ts'
import { leavesSplit } from './leavesSplit.ts'
import { meansItsFormula } from './meansItsFormula.ts'
import { meansItsReference } from './meansItsReference.ts'
import { nothingLeaks } from './nothingLeaks.ts'
import { scalesWithGradients } from './scalesWithGradients.ts'
import { shiftsWithParams } from './shiftsWithParams.ts'
import { staysFinite } from './staysFinite.ts'
import { staysWithinItsRegret } from './staysWithinItsRegret.ts'
import { stepFuses } from './stepFuses.ts'
import { structureKept } from './structureKept.ts'
import { zeroStepsAhead } from './zeroStepsAhead.ts'

/** Every law. */
export const allLaws: readonly Law[] = Object.freeze([
  structureKept,
  inputsUntouched,
  deterministic,
  chainAssociative,
  identityNeutral,
  stepFuses,
  engineAgrees,
  leavesPermute,
  leavesSplit,
  nothingLeaks,
  zeroStepsAhead,
  donateIsTheSame,
  failsSafely,
  staysFinite,
  meansItsFormula,
  meansItsReference,
  goesDownhill,
  scalesWithGradients,
  shiftsWithParams,
  convergesAtItsRate,
  staysWithinItsRegret,
])
