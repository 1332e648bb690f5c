/** What this engine did since the program began; tests read it, so that a silent fallback fails. */
export const wasmCounters = {
  /** Kernels compiled. */
  compiled: 0,
  /** Passes run by a kernel. */
  fused: 0,
  /** Passes run by tfjs ops, because they have no kernel. */
  fallbacks: 0,
}
