/** What is said of what a step is given beside trees: signals, train states, states that are gone. */
import { describe, errorOf, type Finding, type ForegradError, faultAt } from './error.ts'
import { kindError } from './kinds.ts'

const passIt = (names: readonly string[]): string =>
  `Pass { ${names.join(', ')} } as the extra argument of update or step.`

const signal = 'a number or a boolean'

/** A number that is given by name, and is none. */
export const wrongSignal = (path: string, value: unknown, expected = signal): Finding => ({
  fault: faultAt(path, expected, describe(value)),
  code: 'bad-argument',
  advice: 'A signal is one number.',
})

/** A number that is read by name and not given; without advice of its own all such names are said in one sentence. */
export const missingSignal = (
  path: string,
  advice: string | undefined,
  names: readonly string[],
  expected = signal,
): Finding => ({ fault: faultAt(path, expected, 'nothing'), code: 'missing-signal', advice: advice ?? passIt(names) })

/** A tree that is read by name and not given. */
export const missingTree = (path: string, advice: string | undefined, names: readonly string[]): Finding =>
  missingSignal(path, advice, names, 'a tree shaped like params')

/** What is no train state. */
export const notHeld = (train: unknown): ForegradError =>
  kindError('bad-argument', 'step: train', 'a train state', train, 'Give what init or the last step returned.')

/** A state that a donated step consumed. */
export const consumedState = (path: string, step: number): ForegradError =>
  errorOf(
    'consumed-state',
    path,
    'one that may still be read',
    `one that step ${step} consumed`,
    'Go on from what that step returned; clone before it what is to be kept.',
  )

/** What to do where functions of the user gave no number. */
export const calledAdvice = 'A schedule is a function of the count that returns one number at once.'

/** What to do about a state that init did not make. */
export const stateOfInit = 'Give the state that init made.'
