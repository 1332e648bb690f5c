/** What is said of keys and draws. */
import type { ForegradError } from './error.ts'
import { kindError } from './kinds.ts'

export const noCount = (name: string, expected: string, count: unknown): ForegradError =>
  kindError('bad-argument', `${name}: count`, expected, count, 'Count draws and leaves from 0.')

/** Where noise is missing that is drawn everywhere else. */
export const drawnByHand = (name: string): string => `Nothing is drawn in a compiled graph: give { ${name} }.`
