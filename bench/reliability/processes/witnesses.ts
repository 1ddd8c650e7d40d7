/** Clients that write down who answered them, at a fixed rate over connections that are kept (open loop). */
import { percentile } from '../../statistics.ts';
import { AskingConnection } from '../asking-connection.ts';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';
import type { Said } from './tenants.ts';

/** A host, and the application that is behind it. */
export interface Asked {
  readonly host: string;
  readonly app: string;
}

interface Load {
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly perSecond: number;
}

/** A request without a good answer. Times are `monotonic`, as all here. */
export interface Failure {
  readonly host: string;
  /** When it was due, and when it was known to have failed. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface Latency {
  readonly requests: number;
  /** Milliseconds from the moment a request was due. */
  readonly p99: number;
}

/** A request that another application answered. */
export interface Stray {
  readonly host: string;
  readonly app: string;
  /** `host:port` of who answered. */
  readonly address: string;
  /** When the request was due, and when it came there. */
  readonly from: number;
  readonly at: number;
}

export interface Testimony {
  readonly requests: number;
  readonly failures: readonly Failure[];
  readonly strays: readonly Stray[];
  /** Milliseconds from the moment a request was due. */
  readonly p99: number;
}

const TICK_MS = 2;

let load: Load;
let timer: NodeJS.Timeout;
let begun = 0;
let due = 0;
const free: AskingConnection[] = [];
const underWay = new Set<Promise<void>>();
const failures: Failure[] = [];
const strays: Stray[] = [];
/** Of each request: how long it took, and when it was due. */
const times: number[] = [];
const dueAt: number[] = [];

const calls = {
  start(what: Load): void {
    load = what;
    begun = monotonic();
    timer = setInterval(sendDue, TICK_MS);
  },

  /** Resolves when every request has its answer. */
  async stop(): Promise<Testimony> {
    clearInterval(timer);
    await Promise.all(underWay);
    for (const connection of free) connection.close();
    return { requests: times.length, failures, strays, p99: percentile(times, 99) };
  },

  /** Of the requests that were due in any of these times, after all have been stopped. */
  within(windows: readonly { readonly from: number; readonly to: number }[]): Latency {
    const isWithin = (at: number) => windows.some(({ from, to }) => at >= from && at < to);
    const chosen = times.filter((_, index) => isWithin(dueAt[index]!));
    return { requests: chosen.length, p99: percentile(chosen, 99) };
  },
};
export type WitnessesCalls = typeof calls;
answerCalls(calls);

function sendDue(): void {
  const interval = 1000 / load.perSecond;
  for (; begun + due * interval <= monotonic(); due++) {
    const request = ask(load.asked[due % load.asked.length]!, begun + due * interval);
    underWay.add(request);
    void request.then(() => underWay.delete(request));
  }
}

async function ask({ host, app }: Asked, from: number): Promise<void> {
  let connection = free.pop();
  while (connection?.isOpen === false) connection = free.pop();
  connection ??= new AskingConnection(load.port, (bytes) => fail(host, from, `nobody asked for ${bytes}`));
  const nonce = nextToken();
  try {
    const { status, head, body } = await connection.ask(
      `GET /now/0/${nonce} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    );
    if (connection.isOpen) free.push(connection);
    const said = status === 200 ? saidIn(body) : null;
    if (said === null) {
      fail(
        host,
        from,
        `${status} ${/\r\nx-cf-routererror: ([^\r (]+)/i.exec(head)?.[1] ?? body.slice(0, 100)}`,
      );
    } else if (said.nonce !== nonce) fail(host, from, 'an answer to another request');
    else if (said.app !== app) strays.push({ host, app: said.app, address: said.address, from, at: said.at });
  } catch (error) {
    fail(host, from, (error as Error).message);
    connection.close();
  }
  times.push(monotonic() - from);
  dueAt.push(from);
}

function fail(host: string, from: number, reason: string): void {
  failures.push({ host, from, to: monotonic(), reason });
}

function saidIn(body: string): Said | null {
  try {
    return JSON.parse(body) as Said;
  } catch {
    return null;
  }
}
