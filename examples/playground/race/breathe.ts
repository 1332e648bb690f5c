/** Lets the browser hear input and paint; takes a few microseconds where there is nothing to do. */
export const breathe = (): Promise<void> =>
  new Promise((go) => {
    waiting.push(go)
    port2.postMessage(undefined)
  })

/** A timer would wait 4 ms; a message to ourselves does not. */
const { port1, port2 } = new MessageChannel()
const waiting: (() => void)[] = []
port1.onmessage = () => waiting.shift()?.()

/** Waits until the next frame is about to be painted. In a hidden page there is none: it rests. */
export const nextFrame = (): Promise<void> => new Promise((go) => requestAnimationFrame(() => go()))
