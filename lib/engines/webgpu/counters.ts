/** What the WebGPU engine has done since the program began: the proof that it ran. */
export interface WebgpuCounts {
  /** Passes of a plan that were carried out here. */
  passes: number
  /** Kernels sent to the device. */
  dispatches: number
  /** Kernels compiled. */
  pipelines: number
  /** Sets of buffers that were bound for the first time. */
  bindGroups: number
  /** Passes that bound too many buffers and were cut. */
  splits: number
}

export const webgpuCounts: WebgpuCounts = { passes: 0, dispatches: 0, pipelines: 0, bindGroups: 0, splits: 0 }
