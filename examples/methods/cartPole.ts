/** A pole on a cart, to be kept upright by pushes to the left or right. Source: Barto, Sutton & Anderson 1983; the constants and limits of Gym's CartPole-v1. */

/** The cart's place in metres and its speed, the pole's angle in radians and its speed. */
export type CartState = readonly [x: number, speed: number, angle: number, turning: number]

const gravity = 9.8
const cart = 1
const pole = 0.1
/** Half of the pole, in metres. */
const half = 0.5
const force = 10
const seconds = 0.02

/** The longest episode. */
export const longest = 500

/** A start: four numbers of [−0.05, 0.05], of four of [0, 1). */
export const startOf = ([a = 0, b = 0, c = 0, d = 0]: ArrayLike<number> & Iterable<number>): CartState => [
  (a - 0.5) / 10,
  (b - 0.5) / 10,
  (c - 0.5) / 10,
  (d - 0.5) / 10,
]

/** The state after a push of 20 ms to the left (0) or right (1), by Euler's method. */
export const pushed = ([x, speed, angle, turning]: CartState, action: number): CartState => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const push = ((action === 1 ? force : -force) + pole * half * turning * turning * sin) / (cart + pole)
  const turn = (gravity * sin - cos * push) / (half * (4 / 3 - (pole * cos * cos) / (cart + pole)))
  const pace = push - (pole * half * turn * cos) / (cart + pole)
  return [x + seconds * speed, speed + seconds * pace, angle + seconds * turning, turning + seconds * turn]
}

/** True where the pole leans more than 12° or the cart has left the track of 4.8 m. */
export const hasFallen = ([x, , angle]: CartState): boolean =>
  Math.abs(x) > 2.4 || Math.abs(angle) > (12 * Math.PI) / 180
