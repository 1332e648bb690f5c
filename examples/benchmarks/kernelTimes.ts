/** What each kernel of a tfjs backend takes: a clock around every one, for as long as they are watched. */
import { getKernelsForBackend, type KernelConfig } from '@tensorflow/tfjs-core'

/** The calls of a kernel in one phase, and the milliseconds in them; kernels that a kernel ran are not in its own. */
export interface KernelTime {
  readonly phase: string
  readonly kernel: string
  readonly calls: number
  readonly time: number
}

export interface Watch {
  /** What is counted from here on belongs to this phase. */
  readonly enter: (phase: string) => void
  /** What was counted since the last call. */
  readonly take: () => readonly KernelTime[]
  /** Puts the kernels back as they were. */
  readonly leave: () => void
}

/** Puts a clock around every kernel of a backend that is registered now. */
export const watchKernels = (backendName: string, now: () => number = () => performance.now()): Watch => {
  let phase = ''
  let within = 0
  let counts = new Map<string, { phase: string; kernel: string; calls: number; time: number }>()
  const count = (kernel: string, time: number): void => {
    const key = `${phase} ${kernel}`
    const found = counts.get(key) ?? { phase, kernel, calls: 0, time: 0 }
    found.calls++
    found.time += time
    counts.set(key, found)
  }
  const watched = getKernelsForBackend(backendName).map((config) => {
    const { kernelName, kernelFunc } = config
    const timed: KernelConfig['kernelFunc'] = (given) => {
      const around = within
      within = 0
      const start = now()
      try {
        return kernelFunc(given)
      } finally {
        const time = now() - start
        count(kernelName, time - within)
        within = around + time
      }
    }
    Object.assign(config, { kernelFunc: timed })
    return { config, kernelFunc }
  })
  return {
    enter: (name) => {
      phase = name
    },
    take: () => {
      const taken = [...counts.values()]
      counts = new Map()
      return taken
    },
    leave: () => {
      for (const { config, kernelFunc } of watched) Object.assign(config, { kernelFunc })
    },
  }
}
