import type { AppLog } from './access-log.ts';
import { Envelopes } from './dropsonde.ts';
import type { EnvelopePost } from './envelope-post.ts';
import type { StartStop } from './start-stop.ts';

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

/** What one proxy thread tells Loggregator of each request. */
export class RequestEnvelopes implements RequestTelling {
  readonly #post: EnvelopePost;
  readonly #envelopes: Envelopes;
  /** Names of values by component. */
  readonly #latencies = new Map<string, string>();

  constructor(post: EnvelopePost) {
    this.#post = post;
    this.#envelopes = new Envelopes(post.writer);
  }

  get listens(): boolean {
    return this.#post.listens;
  }

  lookedUp(nanoseconds: number): void {
    this.#value('route_lookup_time', nanoseconds, 'ns', Date.now());
  }

  answered(component: string, latency: number, router: number): void {
    if (!this.listens) {
      this.#post.drop(component === '' ? 2 : 3);
      return;
    }
    const now = Date.now();
    this.#value('latency', latency, 'ms', now);
    if (component !== '') this.#value(this.#latencyOf(component), latency, 'ms', now);
    this.#value('gorouter_time', router, 'ms', now);
  }

  startStop(event: StartStop | null): void {
    if (event === null || !this.#post.hasRoom()) this.#post.drop();
    else this.#finish(this.#envelopes.httpStartStop(event, Date.now()));
  }

  /** `logging.loggregator_enabled`: applications see who asked them what. */
  appLog(sourceInstance: string): AppLog {
    return {
      write: (instance, line) => {
        if (!this.listens || !this.#post.hasRoom()) this.#post.drop();
        else this.#finish(this.#envelopes.logMessage(instance, line, sourceInstance, Date.now()));
      },
    };
  }

  #value(name: string, value: number, unit: string, now: number): void {
    if (!this.listens || !this.#post.hasRoom()) this.#post.drop();
    else this.#finish(this.#envelopes.valueMetric(name, value, unit, now));
  }

  #finish(fits: boolean): void {
    if (fits) this.#post.add();
    else this.#post.drop();
  }

  #latencyOf(component: string): string {
    let name = this.#latencies.get(component);
    if (name === undefined) {
      name = `latency.${component}`;
      if (this.#latencies.size < MAX_COMPONENTS) this.#latencies.set(component, name);
    }
    return name;
  }
}

/** Whose names are kept; a tag from the bus names them. */
const MAX_COMPONENTS = 100;
