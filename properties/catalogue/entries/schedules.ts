/** Schedules of docs/catalogue.md. */
import type { Section } from './section.ts'

export const schedules: Section = {
  title: 'Schedules',
  entries: [['schedules', ['schedules'], 'a value of the count', 'optax']],
}
