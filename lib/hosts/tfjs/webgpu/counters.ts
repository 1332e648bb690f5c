/** What the WebGPU engine has done since the program began: the proof that it ran. */
export interface WebgpuCounters {
  /** Passes of a plan that were carried out here. */
  fused: number
  /** Times that this engine was asked for and could not work, so that tfjs ops ran instead. */
  fallbacks: number
  /** Passes that ran as tfjs ops since their trees differ in shape, as `explain` tells. */
  spread: number
  /** Kernels sent to the device. */
  dispatches: number
  /** Kernels compiled. */
  pipelines: number
  /** Sets of buffers that were bound for the first time. */
  bindGroups: number
  /** Passes that bound too many buffers and were cut. */
  splits: number
  /** Passes of which a dispatch took on several leaves. */
  bunched: number
  /** Trees that were moved into an arena, whole or in part. */
  housed: number
}

export const webgpuCounters: WebgpuCounters = {
  fused: 0,
  fallbacks: 0,
  spread: 0,
  dispatches: 0,
  pipelines: 0,
  bindGroups: 0,
  splits: 0,
  bunched: 0,
  housed: 0,
}
