import type { Bus } from '../bus/bus.ts';
import { Inquiry } from './inquiry.ts';

/** What is looked for in every router's table. */
export interface AskedRoute {
  /** As its table has it: host and path in lower case, or `tcp:PORT[/SERVER-NAME]`. */
  readonly route: string;
  /** Of this application alone; empty: of all. */
  readonly app: string;
}

export interface RouteCensusOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  /** Endpoints that this router has for it. */
  count(asked: AskedRoute): number;
}

/** Bytes of an answer. */
const LONGEST = 4096;

/** Asks all routers on a bus whether they have a route, and answers those that ask. */
export class RouteCensus {
  readonly #inquiry: Inquiry<AskedRoute, { readonly endpoints: number }>;

  constructor({ id, count }: RouteCensusOptions) {
    this.#inquiry = new Inquiry({
      id,
      name: 'route',
      longest: LONGEST,
      readQuestion: ({ route, app }) =>
        typeof route === 'string' && typeof app === 'string' ? { route, app } : null,
      readAnswer: ({ endpoints }) =>
        typeof endpoints === 'number' && Number.isSafeInteger(endpoints) ? { endpoints } : null,
      answer: (asked) => ({ endpoints: count(asked) }),
    });
  }

  /** To be called once, when the bus is there. */
  connect(bus: Bus): void {
    this.#inquiry.connect(bus);
  }

  stop(): void {
    this.#inquiry.stop();
  }

  /** Endpoints by the ids of the routers that have answered within so many milliseconds; this one is always among them. */
  async ask(asked: AskedRoute, timeout: number): Promise<ReadonlyMap<string, number>> {
    const answers = await this.#inquiry.ask(asked, timeout);
    return new Map(Array.from(answers, ([id, { endpoints }]) => [id, endpoints]));
  }
}
