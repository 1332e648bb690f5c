/**
 * Arbitraries and laws for transformations of your own, one a line. Needs fast-check, and no test runner.
 *
 * @example
 * import { lawsOf } from 'foregrad/properties'
 * for (const { name, run } of lawsOf('signMomentum', () => signMomentum(0.9))) test(name, run)
 */

// arbitraries
export { arraysLike, arraysOf, arrayTrees, structures } from './arbitraries/arrays.ts'
export { decays, epsilons, learningRates, predictedSteps, weightDecays } from './arbitraries/hyperparameters.ts'
export { anyNumbers, extremes, finiteNumbers, ordinaryNumbers, specials } from './arbitraries/numbers.ts'
export type { Given, Scenario, ScenarioOptions } from './arbitraries/scenarios.ts'
export { scenarios } from './arbitraries/scenarios.ts'
export { schedules } from './arbitraries/schedules.ts'
export { shapes } from './arbitraries/shapes.ts'
export { tensorTrees, toTensors } from './arbitraries/tensors.ts'
export { trees } from './arbitraries/trees.ts'
// laws
export { allLaws } from './laws/all.ts'
export { chainAssociative } from './laws/chainAssociative.ts'
export { convergesAtItsRate } from './laws/convergesAtItsRate.ts'
export { deterministic } from './laws/deterministic.ts'
export { donateIsTheSame } from './laws/donateIsTheSame.ts'
export { engineAgrees } from './laws/engineAgrees.ts'
export { failsSafely } from './laws/failsSafely.ts'
export type { Cell, Leaf } from './laws/formula.ts'
export { cellwise, inTurn, leafwise } from './laws/formula.ts'
export { goesDownhill } from './laws/goesDownhill.ts'
export { identityNeutral } from './laws/identityNeutral.ts'
export { inputsUntouched } from './laws/inputsUntouched.ts'
export type { Law, RunOptions } from './laws/law.ts'
export { Broken } from './laws/law.ts'
export type { Check, LawsOptions } from './laws/lawsOf.ts'
export { checkLaws, lawsOf } from './laws/lawsOf.ts'
export { leavesPermute } from './laws/leavesPermute.ts'
export { leavesSplit } from './laws/leavesSplit.ts'
export { meansItsFormula } from './laws/meansItsFormula.ts'
export { meansItsReference } from './laws/meansItsReference.ts'
export { nothingLeaks } from './laws/nothingLeaks.ts'
export { scalesWithGradients } from './laws/scalesWithGradients.ts'
export { shiftsWithParams } from './laws/shiftsWithParams.ts'
export { staysFinite } from './laws/staysFinite.ts'
export { staysWithinItsRegret } from './laws/staysWithinItsRegret.ts'
export { stepFuses } from './laws/stepFuses.ts'
export { structureKept } from './laws/structureKept.ts'
export type { Formula, LinearRate, RegretBound, Scaling, Subject, SubjectOptions } from './laws/subject.ts'
export { zeroStepsAhead } from './laws/zeroStepsAhead.ts'
// mutants
export type { Equivalent, Mutant } from './mutants/mutants.ts'
export { equivalents, mutants } from './mutants/mutants.ts'
export type { CheckOf, MutationScore } from './mutants/survivors.ts'
export { mutationScore, survivors } from './mutants/survivors.ts'
// programs
export type { ProgramsOptions } from './programs/checkPrograms.ts'
export { checkPrograms } from './programs/checkPrograms.ts'
// references
export type { RecordedRun, Reference } from './references/agreesWith.ts'
export { agreesWith } from './references/agreesWith.ts'
export type { Equivalence } from './references/equivalent.ts'
export { equivalent } from './references/equivalent.ts'
// optimizers of any make
export type { SubjectFinding } from './subjects/findings.ts'
export { findings } from './subjects/findings.ts'
export { recordedBy } from './subjects/recordedBy.ts'
export type { AnyOptimizer, OfTfjs, PlainStep, Training, Updates, Vectors } from './subjects/subjectOf.ts'
export { subjectOf } from './subjects/subjectOf.ts'
