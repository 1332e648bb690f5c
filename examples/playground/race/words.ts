/** What the page says of a race before anything of it is loaded. */
export const taskNames = ['digits', 'text'] as const
export type TaskName = (typeof taskNames)[number]

export const taskTitles: Readonly<Record<TaskName, string>> = {
  digits: 'Handwritten digits',
  text: 'A book, letter by letter',
}

export const taskAbout: Readonly<Record<TaskName, string>> = {
  digits:
    '8,000 digits to learn from, in batches of 64, eight times over; 2,000 for the test. A perceptron of 218,058 weights.',
  text: '300,000 letters of Moby-Dick, 16 pieces of 32 a step; 4,096 letters of other chapters for the test. A small transformer.',
}

/** From where to where the losses of most trainings go. */
export const taskLosses: Readonly<Record<TaskName, readonly [low: number, high: number]>> = {
  digits: [2 ** -7, 3],
  text: [1, 4],
}

export type { BackendInfo } from '../../../lib/index.ts'
export type { Racer } from './racer.ts'
