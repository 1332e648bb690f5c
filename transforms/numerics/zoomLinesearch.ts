/** The search for a step along a line, on plain numbers: Nocedal & Wright's Algorithms 3.5 and 3.6 with Hager & Zhang's test, as optax has them. */

/** A place on the line: how far, the value and the slope there, and the gradient, of whichever kind. */
export interface LinePoint<G> {
  readonly stepsize: number
  readonly value: number
  readonly slope: number
  readonly grad: G
}

/** What the search goes by. */
export interface ZoomCriteria {
  readonly maxLinesearchSteps: number
  readonly maxLearningRate: number
  readonly tol: number
  readonly increaseFactor: number
  readonly slopeRtol: number
  readonly curvRtol: number
  /** null: the plain test of decrease alone. */
  readonly approxDecRtol: number | null
  readonly stepsizePrecision: number
}

/** Where the search ended. */
export interface ZoomResult<G> {
  readonly point: LinePoint<G>
  readonly steps: number
  readonly decreaseError: number
  readonly curvatureError: number
}

const notBelow0 = (error: number): number => (Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(error, 0))

/** By how much a place fails the test of sufficient decrease; 0 where it passes. */
const decreaseErrorOf = (to: LinePoint<unknown>, from: LinePoint<unknown>, c: ZoomCriteria): number => {
  const plain = to.value - from.value - c.slopeRtol * to.stepsize * from.slope
  if (c.approxDecRtol === null) return notBelow0(plain)
  const flat = to.slope - (2 * c.slopeRtol - 1) * from.slope
  const near = to.value - from.value - c.approxDecRtol * Math.abs(from.value)
  return notBelow0(Math.min(Math.max(flat, near), plain))
}

const curvatureErrorOf = (to: LinePoint<unknown>, from: LinePoint<unknown>, { curvRtol }: ZoomCriteria): number =>
  notBelow0(Math.abs(to.slope) - curvRtol * Math.abs(from.slope))

/** Where a cubic through three values with the slope at the first is least; NaN where it is nowhere. */
const cubicMin = (a: LinePoint<unknown>, b: LinePoint<unknown>, c: LinePoint<unknown>): number => {
  const [db, dc] = [b.stepsize - a.stepsize, c.stepsize - a.stepsize]
  const denominator = (db * dc) ** 2 * (db - dc)
  const [fb, fc] = [b.value - a.value - a.slope * db, c.value - a.value - a.slope * dc]
  const third = (dc ** 2 * fb - db ** 2 * fc) / denominator
  const second = (-(dc ** 3) * fb + db ** 3 * fc) / denominator
  return a.stepsize + (-second + Math.sqrt(second * second - 3 * third * a.slope)) / (3 * third)
}

/** The same of a parabola through two values. */
const quadraticMin = (a: LinePoint<unknown>, b: LinePoint<unknown>): number => {
  const d = b.stepsize - a.stepsize
  return a.stepsize - a.slope / (2 * ((b.value - a.value - a.slope * d) / d ** 2))
}

/** An interval with a step in it that passes both tests; its ends in the order of their worth. */
interface Bracket<G> {
  readonly low: LinePoint<G>
  readonly high: LinePoint<G>
  /** A third place, for the cubic. */
  readonly third: LinePoint<G>
}

const middleOf = ({ low, high, third }: Bracket<unknown>): number => {
  const [left, right] = [Math.min(low.stepsize, high.stepsize), Math.max(low.stepsize, high.stepsize)]
  const within = (x: number, margin: number): boolean => x > left + margin && x < right - margin
  const cubic = cubicMin(low, high, third)
  if (within(cubic, 0.2 * (right - left))) return cubic
  const quadratic = quadraticMin(low, high)
  return within(quadratic, 0.1 * (right - left)) ? quadratic : (low.stepsize + high.stepsize) / 2
}

/**
 * The step along a line that lowers the value enough and where the slope is small enough; where none is found in so many steps, one that
 * lowers it enough, else the last.
 */
export const zoomLinesearch = <G>(
  start: Omit<LinePoint<G>, 'stepsize'>,
  guess: number,
  at: (stepsize: number) => LinePoint<G>,
  c: ZoomCriteria,
): ZoomResult<G> => {
  const from: LinePoint<G> = { ...start, stepsize: 0 }
  let [point, safe] = [from, from]
  let [decreaseError, curvatureError] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let bracket: Bracket<G> | undefined
  const look = (stepsize: number): LinePoint<G> => {
    const found = at(stepsize)
    decreaseError = decreaseErrorOf(found, from, c)
    curvatureError = curvatureErrorOf(found, from, c)
    return found
  }
  const passes = (): boolean => Math.max(decreaseError, curvatureError) <= c.tol
  for (let steps = 1; ; steps++) {
    const isLast = steps >= c.maxLinesearchSteps
    let [done, failed] = [false, false]
    if (!bracket) {
      const before = point
      const wanted = steps === 1 ? guess : c.increaseFactor * before.stepsize
      point = look(Math.min(wanted, c.maxLearningRate))
      if (decreaseError <= c.tol) safe = point
      const isHigh = decreaseError > 0 || (point.value >= before.value && steps > 1)
      const isLow = point.slope >= 0 && !isHigh
      const [low, high] = isLow ? [point, before] : [before, point]
      const isFound = isHigh || isLow || passes()
      if (isFound) bracket = { low, high, third: low }
      done = passes() || (wanted >= c.maxLearningRate && !isFound)
      failed = isLast && !done
    } else {
      const { low, high } = bracket
      point = look(middleOf(bracket))
      if (decreaseError <= c.tol && point.value < safe.value) safe = point
      const isHigh = decreaseError > 0 || point.value >= low.value
      const turns = !isHigh && point.slope * (high.stepsize - low.stepsize) >= 0
      bracket = {
        low: isHigh ? low : point,
        high: isHigh ? point : turns ? low : high,
        third: isHigh || turns ? high : low,
      }
      done = passes()
      const isSmall = Math.abs(high.stepsize - low.stepsize) <= c.stepsizePrecision
      failed = !done && (isLast || (isSmall && safe.stepsize > 0))
    }
    if (failed && (safe.stepsize > 0 || decreaseError === Number.POSITIVE_INFINITY)) point = safe
    if (done || failed) return { point, steps, decreaseError, curvatureError }
  }
}
