/** What is said of rules: what an author wrote, and what does not fit where it is put. */
import { describe, errorOf, type Fault, type ForegradError, faultAt, type Words } from './error.ts'
import { ofRank } from './expressions.ts'
import { functionText, kindError, shapeText, wrongKind } from './kinds.ts'

/** A rule, and a part of it, by name. */
export const ruleText = (name: string): string => `rule ${name}`
export const partOfRule = (name: string, key: string): string => `${ruleText(name)}: ${key}`

/** A stage of a chain, by its place. */
export const stageText = (i: number, name: string | undefined): string => `stage ${i} (${name})`

const ruleError = (path: string, expected: string, got: string, advice: string): ForegradError =>
  errorOf('bad-rule', path, expected, got, advice)

// The description of a rule

export const noRuleName = (name: unknown): Fault => wrongKind('rule: name', 'a name', name)
export const noSlots = (slots: unknown): Fault => wrongKind('rule: slots', 'a record of slots', slots)
export const noSlot = (name: string, key: string, slot: unknown): Fault =>
  wrongKind(partOfRule(name, `slots.${key}`), 'a slot', slot)
export const noUpdate = (update: unknown): Fault => wrongKind('rule: update', 'a function', update)
export const badSpec: Words = [
  'bad-rule',
  'Slots are moment, filled(x), copyOfParams, perLeaf(x), perTree(x), counter and number(x).',
]
export const noStart = (start: unknown): ForegradError =>
  kindError('bad-rule', 'slot', 'a number to start at', start, 'Give it a number.')

// What `update` returns

export const noExpression = (path: string, rank: string, x: unknown): Fault =>
  wrongKind(path, `an expression of ${ofRank(rank)}`, x)
export const higherRank = (path: string, rank: string, got: string): Fault =>
  faultAt(path, `${ofRank(rank)} or lower`, ofRank(got))
export const notOnHost = (path: string): Fault =>
  faultAt(path, 'a host number', 'an expression with a reduction, or with a number that lives with the engine')
export const ofItsResult = (path: string): Fault =>
  faultAt(path, 'an update of g and p', 'an expression with the parameters after the update in it')
export const projectedOfItself = (path: string): Fault =>
  faultAt(path, 'an expression of moved', 'one of w, which it makes')
export const calledName = (name: string | undefined): string => name || 'a function'
export const unread: Words = ['bad-rule', 'Leave it out.']
export const badUpdate: Words = [
  'bad-rule',
  'update must return { u, next } with one expression for every slot and no other.',
]

// Axes

export const noAxesOf = (of: unknown): ForegradError =>
  kindError('bad-rule', 'axes', 'a name and a function of the leaf', of, "Write axes('columns', () => [0]).")
export const noAxes = (where: string, x: unknown): ForegradError =>
  kindError('bad-rule', where, 'axes', x, "Give what axes('columns', () => [0]) returns.")
/** Axes that a leaf does not have, or a leaf of more axes than there may be. */
export const wrongAxes = (name: string, path: string, rank: number, most: number, got: unknown): ForegradError => {
  const text = Array.isArray(got) ? shapeText(got) : describe(got)
  const [expected, found] =
    rank > most ? [`at most ${most} axes`, `${rank}`] : [`different axes of ${rank}, counted from 0`, text]
  return ruleError(`axes ${name}: ${path}`, expected, found, 'Give axes that the leaf has; none where it lacks them.')
}
export const differsAlong = (path: string, axes: readonly number[], leaf: string): ForegradError =>
  ruleError(
    path,
    `what is the same along axes ${axes.join(', ')} of ${leaf}`,
    'what differs there',
    'Reduce it over the axes of the slot.',
  )

// Marks, projections and draws

export const secondMark = (path: string, before: string): ForegradError =>
  ruleError(
    path,
    'one mark in a chain',
    `a second one after ${before}`,
    'Keep one predictAhead, or set predictSteps in one optimizer only.',
  )
export const secondMarkInside = (path: string, name: string): ForegradError =>
  ruleError(path, 'one mark', `a second one in ${name}`, 'Keep one predictAhead.')
export const markInside = (path: string, name: string): ForegradError =>
  ruleError(path, 'no mark inside', `one in ${name}`, 'Leave predictAhead and predictSteps out.')
export const projectionInside = (path: string, name: string): ForegradError =>
  ruleError(path, 'to stand inside', name, `${name} sets the parameters: wrap it around.`)
export const behindProjection = (path: string, projected: string, name: string): ForegradError =>
  ruleError(path, `nothing behind ${projected}`, name, 'A wrapper that sets the parameters must be the outermost.')
export const noPlaceOfDraws: Words = ['bad-rule', 'Say the place of a draw as an expression of p.']
export const otherDraws = (path: string, own: number, others: number): ForegradError =>
  ruleError(
    path,
    'the same draws in all branches',
    `${own} draws in one and ${others} in another, or means of another kind`,
    'Give them the same mcSamples and hessApprox.',
  )

// What a rule around others asks of them

export const drawnInside = (path: string, node: string, rule: string): ForegradError =>
  ruleError(path, `${node} by a count that the host knows`, `one in ${rule}`, 'Draw outside of it.')
export const calledInside = (path: string, f: string, rule: string): ForegradError =>
  ruleError(
    path,
    'schedules that are expressions',
    `the function ${functionText(f)} in ${rule}`,
    'Write it with schedule((count) => …).',
  )
export const leavesDiffer = (path: string, inSlots: boolean): ForegradError =>
  ruleError(
    path,
    'a rule to which leaves are alike',
    inSlots ? 'a slot of one number a leaf, or of some leaves' : 'a question about a leaf, or about its axes',
    'Flatten the rules beside it.',
  )
