import { guarded } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { soon } from '../boundary/timers.ts';
import type { AppLog } from './access-log.ts';
import { Envelopes } from './dropsonde.ts';
import type { Metron } from './metron.ts';
import type { StartStop } from './start-stop.ts';

/** Envelopes that wait for the end of the turn; beyond, they are dropped and counted. */
const MAX_WAITING = 8192;
/** Sent in one turn of the loop, so that what is read meanwhile has its turn between them. */
const PER_TURN = 256;

/** What one request of an application is told with. */
export interface RequestTelling {
  /** Nanoseconds to find its route. */
  lookedUp(nanoseconds: number): void;
  /** Milliseconds: from its first byte to the end of its response, and what of that it spent in the router. */
  answered(component: string, latency: number, router: number): void;
  /** Where one is told with `null`, it counts as one that could not be sent. */
  startStop(event: StartStop | null): void;
  /** Whether anybody takes events now. */
  readonly listens: boolean;
}

/**
 * What one proxy thread tells Loggregator of each request. Nothing is sent while requests are handled: envelopes
 * wait for the end of the turn, and go out some hundreds a turn.
 */
export class RequestEnvelopes implements RequestTelling {
  readonly #metron: Metron;
  readonly #send: (envelope: Buffer | null) => void;
  readonly #onDropped: () => void;
  readonly #envelopes = new Envelopes();
  readonly #run = () => this.#flush();
  #waiting: (Buffer | null)[] = [];

  constructor(metron: Metron, onDropped: () => void) {
    this.#metron = metron;
    this.#onDropped = onDropped;
    this.#send = guarded({ kind: 'message', panic: onDropped }, (envelope) => metron.send(envelope));
  }

  get listens(): boolean {
    return this.#metron.listens;
  }

  lookedUp(nanoseconds: number): void {
    this.#value('route_lookup_time', nanoseconds, 'ns');
  }

  answered(component: string, latency: number, router: number): void {
    if (!this.listens) {
      this.#onDropped();
      return;
    }
    this.#value('latency', latency, 'ms');
    if (component !== '') this.#value(`latency.${component}`, latency, 'ms');
    this.#value('gorouter_time', router, 'ms');
  }

  startStop(event: StartStop | null): void {
    if (event === null) this.#onDropped();
    else this.#add(this.#envelopes.httpStartStop(event, Date.now()));
  }

  /** `logging.loggregator_enabled`: applications see who asked them what. */
  appLog(sourceInstance: string): AppLog {
    return {
      write: (appId, message, tags) => {
        if (!this.listens) this.#onDropped();
        else this.#add(this.#envelopes.logMessage({ appId, message, sourceInstance, tags }, Date.now()));
      },
    };
  }

  #value(name: string, value: number, unit: string): void {
    if (!this.listens) this.#onDropped();
    else this.#add(this.#envelopes.valueMetric(name, value, unit, Date.now()));
  }

  #add(envelope: Buffer | null): void {
    if (this.#waiting.length >= MAX_WAITING) this.#onDropped();
    else if (this.#waiting.push(envelope) === 1) soon(ONE_ROUND, this.#run);
  }

  #flush(): void {
    const now = this.#waiting.splice(0, PER_TURN);
    for (const envelope of now) this.#send(envelope);
    if (this.#waiting.length > 0) soon(ONE_ROUND, this.#run);
  }
}
