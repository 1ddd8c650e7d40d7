import { performance } from 'node:perf_hooks';
import type { HttpSettings } from '../settings.ts';
import type { Asked } from './access-record.ts';
import type { Account } from './account.ts';
import type { RequestRecord } from './request-record.ts';
import { recordOf } from './request-ring.ts';

/** Which requests somebody wants to see. */
export interface TapFilter {
  readonly id: string;
  /** Exact, or `*.parent`; empty: any. Lower case. */
  readonly host: string;
  /** On whole segments; empty: any. */
  readonly path: string;
  readonly app: string;
  /** From and to, both included. */
  readonly status: readonly [least: number, most: number];
  /** Milliseconds that a request has to take. */
  readonly slower: number;
}

/** What a thread has seen for a tap since it last told. */
export interface Tapped {
  readonly id: string;
  readonly records: readonly RequestRecord[];
  /** That there was no room for. */
  readonly dropped: number;
}

/** In a second, for each tap. */
const MOST_A_SECOND = 200;

/** Those who look on while a thread serves. Without any it costs a look at a length. */
export class Taps {
  #open: readonly OpenTap[] = [];

  /** From now on these and no others. */
  replace(filters: readonly TapFilter[]): void {
    this.#open = filters.map(
      (filter) => this.#open.find(({ id }) => id === filter.id) ?? new OpenTap(filter),
    );
  }

  note(asked: Asked, account: Account, settings: HttpSettings): void {
    if (this.#open.length === 0) return;
    const took = performance.now() - account.receivedAt;
    for (const tap of this.#open) tap.note(asked, account, settings, took);
  }

  /** Of the taps that have something to tell. */
  take(): Tapped[] {
    return this.#open.flatMap((tap) => tap.take() ?? []);
  }
}

class OpenTap {
  readonly id: string;
  readonly #filter: TapFilter;
  #records: RequestRecord[] = [];
  #dropped = 0;
  #second = 0;
  #taken = 0;

  constructor(filter: TapFilter) {
    this.id = filter.id;
    this.#filter = filter;
  }

  note(asked: Asked, account: Account, settings: HttpSettings, took: number): void {
    const { app, status, slower } = this.#filter;
    const [least, most] = status;
    if (account.status < least || account.status > most || took < slower) return;
    if (app !== '' && account.texts?.endpoint.appId !== app) return;
    if (!this.#isOfRoute(asked)) return;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#taken = 0;
    this.#second = second;
    if (this.#taken++ < MOST_A_SECOND) this.#records.push(recordOf('tapped', asked, account, settings));
    else this.#dropped++;
  }

  take(): Tapped | null {
    if (this.#records.length === 0 && this.#dropped === 0) return null;
    const tapped = { id: this.id, records: this.#records, dropped: this.#dropped };
    this.#records = [];
    this.#dropped = 0;
    return tapped;
  }

  #isOfRoute({ request }: Asked): boolean {
    const { host, path } = this.#filter;
    const asked = request.lookupName;
    if (host !== '' && asked !== host && !(host.startsWith('*.') && asked.endsWith(host.slice(1))))
      return false;
    return path === '' || request.path === path || request.path.startsWith(`${path}/`);
  }
}
