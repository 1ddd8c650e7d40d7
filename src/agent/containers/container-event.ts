import { isContainerId } from './read-container.ts';
import { signalNumber } from './signal-number.ts';

/** What an engine tells of a container. */
export interface ContainerEvent {
  readonly id: string;
  /** `died`: its processes are gone. `signalled`: it was sent a signal. `changed`: whatever else, to be looked at. */
  readonly kind: 'died' | 'signalled' | 'changed';
  /** Of the engine's clock, as `Container.startedAt` is. Milliseconds; 0: it says none. */
  readonly at: number;
  /** Its number; null: it is not said. */
  readonly signal: number | null;
}

/** What tells nothing of whether a container runs, how it is, or where it can be reached: most are of its own checks. */
const PASSED_OVER =
  /^(?:exec_|attach|detach|resize|top|archive-path|extract-to-dir|export|commit|copy|create$|init$)/;

/** A line of the stream of events: of a container, or of a network that it has joined or left. Null: it is of no interest, or not to be understood. */
export function readEvent(line: string): ContainerEvent | null {
  let event: Readonly<Record<string, unknown>> | null;
  try {
    event = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof event !== 'object' || event === null) return null;
  const { Type: type, Action: action, Actor: actor, timeNano } = event;
  const { ID, Attributes: attributes } = (actor ?? {}) as Readonly<Record<string, unknown>>;
  const { signal, container } = (attributes ?? {}) as Readonly<Record<string, unknown>>;
  if (type !== 'container' && type !== 'network') return null;
  const id = type === 'network' ? container : ID;
  if (typeof action !== 'string' || typeof id !== 'string' || !isContainerId(id)) return null;
  if (PASSED_OVER.test(action)) return null;
  return {
    id,
    kind: type === 'network' ? 'changed' : kindOf(action),
    at: typeof timeNano === 'number' ? timeNano / 1e6 : 0,
    signal: typeof signal === 'string' ? signalNumber(signal) : null,
  };
}

/** Older releases of Podman say `died`. */
function kindOf(action: string): ContainerEvent['kind'] {
  if (action === 'die' || action === 'died') return 'died';
  return action === 'kill' ? 'signalled' : 'changed';
}
