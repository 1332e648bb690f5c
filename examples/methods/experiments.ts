import type { Experiment } from './experiment.ts'

/** The experiments by name; each is loaded where it is asked for, since loading one reads its data. */
const all: Readonly<Record<string, () => Promise<Experiment>>> = {
  mars: async () => (await import('./mars.ts')).mars,
  matrices: async () => (await import('./matrices.ts')).matricesOnDigits,
  laperm: async () => (await import('./laperm.ts')).laperm,
  adamRel: async () => (await import('./adamRel.ts')).adamRelOnCartPole,
  amos: async () => (await import('./amos.ts')).amosOnDigits,
  switchEma: async () => (await import('./switchEma.ts')).switchEmaOnDigits,
  boostnet: async () => (await import('./boostnet.ts')).boostnet,
  ivon: async () => (await import('./ivon.ts')).ivonOnDigits,
  adamBnn: async () => (await import('./adamBnn.ts')).adamBnn,
}

export const names = Object.keys(all)
export const openExperiment = (name: string): Promise<Experiment> => all[name]!()
