import { unlessAborted } from './unless-aborted.ts'

/** Begins a flight, which `hold` keeps going without anybody who waits. */
type Start<T> = (signal: AbortSignal, hold: () => void) => Promise<T>

/** Work under way that several wait for. */
export interface Flights<T> {
  /** Flights under way. */
  readonly size: number
  /**
   * Waits for the flight `key`, which `start` begins unless it is under way. When `signal` ends
   * the wait of the last who waits, the signal given to `start` is aborted, unless `start` has
   * called `hold`: what cannot be given up any more goes on, and whoever comes later joins it.
   * @throws whatever `start` rejects with, or the reason of `signal`
   */
  join(key: string, signal: AbortSignal, start: Start<T>): Promise<{ value: T; joined: boolean }>
}

interface Flight<T> {
  result: Promise<T>
  controller: AbortController
  waiting: number
  held: boolean
}

/** Flights that are forgotten as soon as they have landed. */
export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>()

  const begin = (key: string, start: Start<T>): Flight<T> => {
    const controller = new AbortController()
    const state = { waiting: 0, held: false }
    const hold = () => {
      state.held = true
    }
    const flight = Object.assign(state, { controller, result: start(controller.signal, hold) })
    flights.set(key, flight)
    const forget = () => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    flight.result.then(forget, forget)
    controller.signal.addEventListener('abort', forget, { once: true })
    return flight
  }

  return {
    get size() {
      return flights.size
    },
    join: async (key, signal, start) => {
      signal.throwIfAborted()
      const under = flights.get(key)
      const flight = under ?? begin(key, start)
      flight.waiting++
      try {
        const value = await unlessAborted(flight.result, signal)
        return { value, joined: under !== undefined }
      } finally {
        const isUnderWay = flights.get(key) === flight
        const isWanted = --flight.waiting > 0 || flight.held
        if (isUnderWay && !isWanted) flight.controller.abort(signal.reason)
      }
    },
  }
}
