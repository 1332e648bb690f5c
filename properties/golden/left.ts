/** Recorded calls that nothing here answers, by name, each with its reason. */
export const left: Readonly<Record<string, string>> = {
  'optax_function/differentially_private_aggregate/noise':
    'needs a gradient for each example of a batch, which tfjs and plain arrays have no way to make at once; perExampleGlobalNormClip clips what a user brings',
}
