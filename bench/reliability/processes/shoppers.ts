/** Clients of a route with two arms, at a fixed rate over connections that are kept (open loop). */
import { percentile } from '../../statistics.ts';
import { AskingConnection } from '../asking-connection.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';

interface Load {
  readonly port: number;
  readonly host: string;
  readonly perSecond: number;
}

/** Of the requests that were due in some time. */
export interface Shopping {
  readonly requests: number;
  readonly failed: number;
  readonly faults: Faults;
  /** Of each that failed: when it was due, and when it was known to have failed. */
  readonly failures: readonly Span[];
  /** Good answers, by who gave them. */
  readonly by: Readonly<Record<string, number>>;
  /** Milliseconds from the moment a request was due. */
  readonly p99: number;
}

/** Times are `monotonic`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Done {
  readonly dueAt: number;
  readonly took: number;
  /** Who gave a good answer; null: there was none. */
  readonly by: string | null;
  readonly fault: string;
}

const TICK_MS = 2;
/** Of a client with one answer, milliseconds. */
const PATIENCE = 5000;

let load: Load;
let timer: NodeJS.Timeout;
let begun = 0;
let due = 0;
let done: Done[] = [];
const free: AskingConnection[] = [];
const underWay = new Set<Promise<void>>();

const calls = {
  start(what: Load): void {
    load = what;
    begun = monotonic();
    timer = setInterval(sendDue, TICK_MS);
  },

  /** Resolves when every request has its answer, or is given up. */
  async stop(): Promise<void> {
    clearInterval(timer);
    await Promise.all(underWay);
    for (const connection of free) connection.close();
  },

  /** Resolves when all requests that were due by then have their answers; what was due before is forgotten. */
  async within({ from, to }: Span): Promise<Shopping> {
    await Promise.all(underWay);
    const all = done.filter(({ dueAt }) => dueAt >= from && dueAt < to);
    done = done.filter(({ dueAt }) => dueAt >= to);
    const faults = new FaultCount();
    const by: Record<string, number> = {};
    for (const each of all) {
      if (each.by === null) faults.add(each.fault);
      else by[each.by] = (by[each.by] ?? 0) + 1;
    }
    const failures = all
      .filter((each) => each.by === null)
      .map(({ dueAt, took }) => ({ from: dueAt, to: dueAt + took }));
    const p99 = percentile(
      all.map(({ took }) => took),
      99,
    );
    return { requests: all.length, failed: failures.length, faults: faults.faults, failures, by, p99 };
  },
};
export type ShoppersCalls = typeof calls;
answerCalls(calls);

function sendDue(): void {
  const interval = 1000 / load.perSecond;
  for (; begun + due * interval <= monotonic(); due++) {
    const request = ask(begun + due * interval);
    underWay.add(request);
    void request.then(() => underWay.delete(request));
  }
}

async function ask(dueAt: number): Promise<void> {
  let connection = free.pop();
  while (connection?.isOpen === false) connection = free.pop();
  connection ??= new AskingConnection(load.port, (bytes) => {
    done.push({ dueAt, took: 0, by: null, fault: `nobody asked for ${bytes}` });
  });
  const { by, fault } = await answerTo(connection);
  done.push({ dueAt, took: monotonic() - dueAt, by, fault });
}

async function answerTo(connection: AskingConnection): Promise<Pick<Done, 'by' | 'fault'>> {
  const token = nextToken();
  const patience = setTimeout(() => connection.close(), PATIENCE);
  try {
    const { status, head, body } = await connection.ask(
      `GET /${token} HTTP/1.1\r\nHost: ${load.host}\r\n\r\n`,
    );
    if (connection.isOpen) free.push(connection);
    const [app = '', nonce] = body.split('/');
    if (status === 200 && nonce === token) return { by: app, fault: '' };
    const error = /\r\nx-cf-routererror: ([^\r (]+)/i.exec(head)?.[1];
    return {
      by: null,
      fault: nonce === token ? `${status} of ${app}` : `${status} ${error ?? 'of another'}`,
    };
  } catch (error) {
    connection.close();
    return { by: null, fault: (error as Error).message };
  } finally {
    clearTimeout(patience);
  }
}
