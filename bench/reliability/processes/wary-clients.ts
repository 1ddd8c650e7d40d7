/** Clients of all kinds, which look at who answered them: plain, pinned and in sessions, over old and new connections. */
import { AskingConnection, type Response } from '../asking-connection.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';
import { Acquaintances, type Session } from '../moves/acquaintances.ts';
import type { Answer } from '../moves/ledger.ts';
import { nextToken } from '../token.ts';
import type { Said } from './tenants.ts';

interface Load {
  readonly port: number;
  readonly hosts: readonly string[];
  readonly perSecond: number;
}

/** What was seen since the last look. */
export interface Seen {
  readonly requests: number;
  readonly pinned: number;
  readonly inSessions: number;
  readonly answers: readonly Answer[];
  /** Answers of the router itself, and none at all: by reason. */
  readonly faults: Faults;
  /** Bytes of another's answer, or that nobody asked for: the first of each. */
  readonly strange: readonly string[];
}

interface Press {
  readonly host: string;
  /** `app:index` */
  readonly pin: string;
  readonly requests: number;
  /** Longest an answer is to take, milliseconds. */
  readonly late: number;
}

interface Wanted {
  readonly host: string;
  readonly pin: string;
  readonly session: Session | null;
  readonly late: number;
}

interface Sent {
  readonly nonce: string;
  readonly body: string;
  readonly sentAt: number;
}

const TICK_MS = 2;
const BODIES = [200, 2000, 20_000, 100_000];

let load: Load;
let timer: NodeJS.Timeout;
let begun = 0;
let due = 0;
const free: AskingConnection[] = [];
const underWay = new Set<Promise<void>>();
const acquaintances = new Acquaintances(Math.random);
let seen = nothing();

const calls = {
  start(what: Load): void {
    load = what;
    begun = monotonic();
    timer = setInterval(sendDue, TICK_MS);
  },

  /** More of it at once, for one instance. */
  press({ host, pin, requests, late }: Press): void {
    for (let each = 0; each < requests; each++) {
      send({ host, pin: each % 4 === 3 ? '' : pin, session: null, late: Math.random() * late });
    }
  },

  look(): Seen {
    const { faults, ...others } = seen;
    seen = nothing();
    return { ...others, faults: faults.faults };
  },

  /** Resolves when every request has its answer. */
  async stop(): Promise<void> {
    clearInterval(timer);
    await Promise.all(underWay);
    for (const connection of free) connection.close();
  },
};
export type WaryClientsCalls = typeof calls;
answerCalls(calls);

function nothing() {
  const answers: Answer[] = [];
  const strange: string[] = [];
  return { requests: 0, pinned: 0, inSessions: 0, answers, faults: new FaultCount(), strange };
}

function sendDue(): void {
  for (; begun + (due * 1000) / load.perSecond <= monotonic(); due++) send(wanted());
}

function wanted(): Wanted {
  const chance = Math.random();
  const late = Math.random() < 0.15 ? Math.random() * 1500 : 0;
  const session = chance < 0.25 ? acquaintances.session() : null;
  if (session !== null) return { host: session.host, pin: '', session, late };
  const host = oneOf(load.hosts);
  return { host, pin: chance > 0.65 ? acquaintances.pin(host) : '', session, late };
}

function send(what: Wanted): void {
  const request = ask(what);
  underWay.add(request);
  void request.then(() => underWay.delete(request));
}

async function ask(what: Wanted): Promise<void> {
  seen.requests++;
  if (what.pin !== '') seen.pinned++;
  if (what.session !== null) seen.inSessions++;
  const toClose = Math.random() < 0.2;
  let connection = toClose ? undefined : free.pop();
  while (connection?.isOpen === false) connection = free.pop();
  connection ??= new AskingConnection(load.port, (bytes) => seen.strange.push(`nobody asked for ${bytes}`));
  const nonce = nextToken();
  const body = Math.random() < 0.4 ? `${nonce};`.repeat(1 + oneOf(BODIES) / (nonce.length + 1)) : '';
  const sentAt = monotonic();
  try {
    const response = await connection.ask(textOf(what, nonce, body, toClose));
    if (connection.isOpen && !toClose) free.push(connection);
    take(what, { nonce, body, sentAt }, response);
  } catch (error) {
    seen.faults.add(error);
    connection.close();
  }
}

function textOf({ host, pin, session, late }: Wanted, nonce: string, body: string, toClose: boolean): string {
  const manner = late === 0 ? 'now' : Math.random() < 0.7 ? 'slow' : 'half';
  const begins = session === null && Math.random() < 0.2 ? '?session' : '';
  const lines = [
    `${body === '' ? 'GET' : 'POST'} /${manner}/${Math.floor(late)}/${nonce}${begins} HTTP/1.1`,
    `Host: ${host}`,
    `X-Session: ${nonce.slice(-2)}`,
  ];
  if (body !== '') lines.push(`Content-Length: ${body.length}`);
  if (pin !== '') lines.push(`X-CF-App-Instance: ${pin}`);
  if (session !== null) lines.push(`Cookie: ${session.cookies}`);
  if (toClose) lines.push('Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function take({ host, pin, session }: Wanted, { nonce, body, sentAt }: Sent, response: Response): void {
  if (response.status !== 200) {
    const reason = /\r\nx-cf-routererror: ([^\r (]+)/i.exec(response.head)?.[1] ?? 'of whom?';
    seen.faults.add(`${response.status} ${reason}`);
    return;
  }
  const said = saidIn(response.body);
  if (said === null || said.nonce !== nonce || said.body !== body) {
    seen.strange.push(`asked with ${nonce}: ${response.body.slice(0, 300)}`);
    return;
  }
  const { id, app, index, address, at } = said;
  seen.answers.push({ host, pin, id, app, index, address, at, sentAt });
  acquaintances.meet(host, `${app}:${index}`);
  acquaintances.keep(host, session, response.head);
}

function saidIn(body: string): Said | null {
  try {
    return JSON.parse(body) as Said;
  } catch {
    return null;
  }
}

function oneOf<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}
