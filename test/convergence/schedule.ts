/** Whoever takes steps: a service task, an invocation of the Lambda, a viewer. */
export interface Actor {
  readonly name: string
  /** A dead actor's pending calls never return. */
  dead?: boolean
  /** Called when it dies in the middle of its work. */
  onCrash?: () => void
}

/** What goes wrong at a step. */
export type Fault =
  /** The step takes effect and the actor dies of it. */
  | 'crash'
  /** The step takes effect and its answer is lost. */
  | 'lost-answer'
  /** The step fails without effect. */
  | 'refused'

interface Step {
  readonly label: string
  readonly actor: Actor | undefined
  readonly perform: (choice: Choice) => void
}

/** One decision: which of the pending steps comes next, and what goes wrong with it. */
export interface Choice {
  /**
   * How far back from the newest pending step, modulo their number: with 0 what was just begun goes
   * on, and whatever else is pending has to wait. What lies above is the step's own to use.
   */
  pick: number
  fault: Fault | undefined
}

const unharmed: Choice = { pick: 0, fault: undefined }

/**
 * Owns every point at which actors can interleave: a step stays pending until it is chosen, and
 * everything between two steps runs in microtasks alone. The same choices give the same run.
 */
export function createSchedule() {
  const pending: Step[] = []
  const trace: string[] = []

  /** Offers something that happens when chosen, with nobody waiting for it. */
  const offer = (label: string, happen: (choice: Choice) => void) => {
    pending.push({ label, actor: undefined, perform: happen })
  }

  /** One call of an actor: `effect` happens when chosen, and the actor goes on afterwards. */
  const step = <T>(
    actor: Actor,
    label: string,
    effect: () => T,
    failure: (fault: Fault) => Error,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const perform = ({ fault }: Choice) => {
        if (fault === 'refused') return reject(failure(fault))
        try {
          const result = effect()
          if (fault === 'crash') return crash(actor)
          if (fault === 'lost-answer') return reject(failure(fault))
          resolve(result)
        } catch (error) {
          reject(error)
        }
      }
      pending.push({ label: `${actor.name}: ${label}`, actor, perform })
    })

  const crash = (actor: Actor) => {
    actor.dead = true
    for (let i = pending.length - 1; i >= 0; i--)
      if (pending[i]?.actor === actor) pending.splice(i, 1)
    actor.onCrash?.()
  }

  /** Runs until nothing is pending. Without choices the newest step comes first, unharmed. */
  const run = async (choices: Iterator<Choice>): Promise<void> => {
    for (;;) {
      await quiet()
      if (pending.length === 0) return
      const { value, done } = choices.next()
      const { pick, fault } = done ? unharmed : value
      const rest = Math.floor(pick / pending.length)
      const [chosen] = pending.splice(-1 - (pick % pending.length), 1) as [Step]
      trace.push(fault && chosen.actor ? `${chosen.label} (${fault})` : chosen.label)
      chosen.perform({ pick: rest, fault })
    }
  }

  /** Lets the actors run on to their next steps. Only an empty list needs to be final. */
  const quiet = async () => {
    for (let turn = 0; turn < 24; turn++) await undefined
    if (pending.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Takes back a pending offer, such as a message that another step has consumed. */
  const withdraw = (label: string): boolean => {
    const index = pending.findIndex((candidate) => !candidate.actor && candidate.label === label)
    if (index >= 0) pending.splice(index, 1)
    return index >= 0
  }

  return { offer, step, run, withdraw, trace }
}

export type Schedule = ReturnType<typeof createSchedule>
