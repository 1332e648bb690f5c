/** The state of the page: one value, and who hears of its changes. */
import { addressOf, type Shown, shownBy } from './address.ts'

/** Who changed it: a field that is being written in is not made anew under the hands of its writer. */
export type Origin = 'composer' | 'code' | 'view' | 'address'

export interface Store {
  readonly get: () => Shown
  readonly set: (change: Partial<Shown>, origin: Origin) => void
  readonly hear: (listener: (shown: Shown, origin: Origin) => void) => void
}

/** Browsers refuse an address that changes more often than some hundred times in half a minute. */
const addressDelay = 250

export const storeOf = (): Store => {
  let shown = shownBy(location.hash)
  const listeners: ((shown: Shown, origin: Origin) => void)[] = []
  const tell = (origin: Origin): void => {
    for (const listener of listeners) listener(shown, origin)
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const writeAddress = (): void => {
    timer = undefined
    history.replaceState(null, '', addressOf(shown))
  }
  const flush = (): void => {
    if (timer === undefined) return
    clearTimeout(timer)
    writeAddress()
  }
  addEventListener('hashchange', () => {
    shown = shownBy(location.hash)
    tell('address')
  })
  addEventListener('pagehide', flush)
  addEventListener('blur', flush)
  return {
    get: () => shown,
    set: (change, origin) => {
      shown = { ...shown, ...change }
      timer ??= setTimeout(writeAddress, addressDelay)
      tell(origin)
    },
    hear: (listener) => {
      listeners.push(listener)
    },
  }
}
