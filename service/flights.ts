import { unlessAborted } from './unless-aborted.ts'

/** Work under way that several wait for. */
export interface Flights<T> {
  /** Flights under way. */
  readonly size: number
  /**
   * Waits for the flight `key`, which `start` begins unless it is under way. When `signal` ends
   * the wait of the last who waits, the signal given to `start` is aborted.
   * @throws whatever `start` rejects with, or the reason of `signal`
   */
  join(
    key: string,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T; joined: boolean }>
}

interface Flight<T> {
  result: Promise<T>
  controller: AbortController
  waiting: number
}

/** Flights that are forgotten as soon as they have landed. */
export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>()

  const begin = (key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const controller = new AbortController()
    const flight: Flight<T> = { result: start(controller.signal), controller, waiting: 0 }
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
        if (--flight.waiting === 0 && isUnderWay) flight.controller.abort(signal.reason)
      }
    },
  }
}
