import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { LogLevel } from '../telemetry/component-log.ts';
import type { StatusServer } from './listen.ts';
import type { Page } from './page.ts';
import { createStatusServer } from './status-server.ts';

const DEFAULT_SECONDS = 30;
const MOST_SECONDS = 120;
/** What a thread needs beyond the seconds to hand its profile over. */
const GRACE_MS = 30_000;
const LONGEST_LEVEL = 64;
const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'fatal'] satisfies LogLevel[];

/** `control`, or the number of a proxy thread. */
export type ThreadName = 'control' | number;

export interface DebugSources {
  /** Numbers of the proxy threads that there are. */
  readonly proxyThreads: readonly number[];
  /** Host of `debug_addr`: besides addresses and `localhost`, what clients may call this server. */
  readonly host: string;
  logLevel: LogLevel;
  /** A CPU profile of one thread, as JSON. Rejects when the thread ends before. */
  profile(thread: ThreadName, milliseconds: number): Promise<string>;
  /** Rejects when there is no such thread at present. */
  heapSnapshot(thread: ThreadName): Promise<Readable>;
}

/**
 * gorouter's debug server (docs/compatibility.md §6.4) for Node: profiles and heap snapshots of one thread at a time, and the
 * log level. No password: it is for loopback, and answers no page of a browser that came by another name.
 */
export function createDebugServer(sources: DebugSources): StatusServer {
  const turn = new Turn();
  return createStatusServer({
    '/debug/pprof/': byAddress(sources, indexPage(sources)),
    '/debug/pprof/profile': byAddress(sources, profilePage(sources, turn)),
    '/debug/pprof/heap': byAddress(sources, heapPage(sources, turn)),
    '/log-level': byAddress(sources, levelPage(sources)),
  });
}

/** Only one profile or snapshot at a time: two would measure each other. */
class Turn {
  #state: 'free' | 'taken' = 'free';

  take(): boolean {
    if (this.#state === 'taken') return false;
    this.#state = 'taken';
    return true;
  }

  end(): void {
    this.#state = 'free';
  }
}

/** A page of the web whose name was made to point here must not read what is in memory. */
function byAddress({ host }: DebugSources, page: Page): Page {
  return (request, response) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    if (isIP(name) > 0 || name === 'localhost' || name === host) return page(request, response);
    say(response, 403, 'ask by address');
  };
}

function indexPage(sources: DebugSources): Page {
  return (_request, response) =>
    say(
      response,
      200,
      `Threads: ${namesOf(sources).join(', ')}

GET /debug/pprof/profile?thread=0&seconds=${DEFAULT_SECONDS}
    What a thread spends its CPU time on, as a .cpuprofile for Chrome's DevTools (Performance, load profile) or
    speedscope. At most ${MOST_SECONDS} seconds; the thread goes on meanwhile, a little slower.

GET /debug/pprof/heap?thread=0
    What a thread holds in memory, as a .heapsnapshot for Chrome's DevTools (Memory, load). The thread stands still
    until it is taken, seconds for a large heap. It contains secrets: keys, cookies, headers.

GET /log-level
PUT /log-level, body: ${LEVELS.join(', ')}
    The level of the component log, on all threads, until the next reload or change.

One profile or snapshot at a time; 409 for the second.
`,
    );
}

function profilePage(sources: DebugSources, turn: Turn): Page {
  return async (request, response) => {
    const asked = parametersOf(request);
    const thread = threadOf(asked, sources);
    const seconds = Number(asked.get('seconds') ?? DEFAULT_SECONDS);
    if (thread === null) return refuseThread(response, sources);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MOST_SECONDS) {
      return say(response, 400, `seconds must be 1 to ${MOST_SECONDS}`);
    }
    if (!turn.take()) return refuseTurn(response);
    request.socket.setTimeout(seconds * 1000 + GRACE_MS);
    try {
      const profile = await sources.profile(thread, seconds * 1000);
      response.writeHead(200, fileHead(`${thread}.cpuprofile`)).end(profile);
    } catch (error) {
      say(response, 500, (error as Error).message);
    } finally {
      turn.end();
    }
  };
}

function heapPage(sources: DebugSources, turn: Turn): Page {
  return async (request, response) => {
    const thread = threadOf(parametersOf(request), sources);
    if (thread === null) return refuseThread(response, sources);
    if (!turn.take()) return refuseTurn(response);
    request.socket.setTimeout(GRACE_MS);
    try {
      const snapshot = await sources.heapSnapshot(thread);
      response.writeHead(200, fileHead(`${thread}.heapsnapshot`));
      await pipeline(snapshot, response);
    } catch (error) {
      // A client may leave in the middle.
      if (response.headersSent) response.destroy();
      else say(response, 500, (error as Error).message);
    } finally {
      turn.end();
    }
  };
}

function levelPage(sources: DebugSources): Page {
  return async (request, response) => {
    if (request.method === 'GET') return say(response, 200, sources.logLevel);
    if (request.method !== 'PUT') {
      response.setHeader('Allow', 'GET, PUT');
      return say(response, 405, 'GET or PUT');
    }
    const level = await bodyOf(request);
    if (!LEVELS.includes(level)) return say(response, 400, `the level must be one of ${LEVELS.join(', ')}`);
    sources.logLevel = level as LogLevel;
    say(response, 200, level);
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  on(request.setEncoding('latin1'), 'data', ONE_MESSAGE, (text: string) => {
    if (body.length <= LONGEST_LEVEL) body += text;
  });
  await new Promise<void>((resolve) => {
    // A client that breaks off is no error of ours.
    for (const event of ['end', 'close']) once(request, event, ONE_MESSAGE, resolve);
  });
  return body.trim().toLowerCase();
}

function parametersOf({ url = '' }: IncomingMessage): URLSearchParams {
  const query = url.indexOf('?');
  return new URLSearchParams(query < 0 ? '' : url.slice(query + 1));
}

/** `null`: there is no such thread. */
function threadOf(asked: URLSearchParams, { proxyThreads }: DebugSources): ThreadName | null {
  const name = asked.get('thread') ?? String(proxyThreads[0]);
  if (name === 'control') return 'control';
  return /^\d{1,3}$/.test(name) && proxyThreads.includes(Number(name)) ? Number(name) : null;
}

function refuseThread(response: ServerResponse, sources: DebugSources): void {
  say(response, 400, `thread must be one of ${namesOf(sources).join(', ')}`);
}

function namesOf({ proxyThreads }: DebugSources): readonly ThreadName[] {
  return ['control', ...proxyThreads];
}

function refuseTurn(response: ServerResponse): void {
  say(response, 409, 'another profile or snapshot is under way');
}

function fileHead(name: string): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="cellgate-${name}"`,
  };
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(`${text.trimEnd()}\n`);
}
