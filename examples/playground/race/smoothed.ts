/** How many of the last steps a drawn loss is the mean of: the noise of single batches hides what a reader looks for. */
export const window = 25

/** The step's number and the mean of the losses of the steps before it, itself included. One pass: it is drawn anew after every round. */
export const smoothed = (losses: readonly number[]): readonly (readonly [number, number])[] => {
  let sum = 0
  let bad = 0
  const add = (loss: number | undefined, sign: 1 | -1): void => {
    if (loss === undefined) return
    if (Number.isFinite(loss)) sum += sign * loss
    else bad += sign
  }
  return losses.map((loss, i) => {
    add(loss, 1)
    add(losses[i - window], -1)
    return [i + 1, bad > 0 ? Number.NaN : sum / Math.min(i + 1, window)]
  })
}
