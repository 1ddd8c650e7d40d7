import { connect, type LookupFunction, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import { z } from 'zod';
import { inBackground } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { EndpointFacts } from '../../routing/endpoint.ts';
import { BackendTls } from '../../tls/connection/backend-tls.ts';
import type { BackendTrust } from '../../tls/connection/backend-trust.ts';

export interface ProbeOptions {
  readonly trust: BackendTrust;
  readonly lookup: LookupFunction;
  /** As clients name it. */
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** All in all, milliseconds. */
  readonly patience: number;
}

const ASKED = z.object({
  route: z.string().max(2000),
  selectors: z.array(z.string().max(2000)).min(1).max(16),
  arm: z.int().min(0).max(15),
  path: z.string().regex(/^\/[!-~]{0,1000}$/),
});

export function readAskedProbe(fields: Readonly<Record<string, unknown>>): z.infer<typeof ASKED> | null {
  const read = ASKED.safeParse(fields);
  return read.success ? read.data : null;
}

/** Good answers one after the other. */
const ENOUGH = 3;
const PAUSE_MS = 250;
const TIMEOUT_MS = 5000;
/** Of endpoints at a time. */
const AT_ONCE = 16;
/** Characters of an answer that are told. */
const TOLD = 200;

/** Asks endpoints as clients would, before they get a client's request. Null: each answers well; or what one does instead. */
export async function probe(
  endpoints: readonly EndpointFacts[],
  options: ProbeOptions,
): Promise<string | null> {
  const ends = performance.now() + options.patience;
  const waiting = [...endpoints];
  let fault: string | null = null;
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined && fault === null; next = waiting.pop()) {
      const found = await probeOne(next, ends, options);
      if (found !== null) fault ??= `${next.address}: ${found}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return fault;
}

async function probeOne(
  endpoint: EndpointFacts,
  ends: number,
  options: ProbeOptions,
): Promise<string | null> {
  let good = 0;
  for (;;) {
    const fault = await ask(endpoint, options);
    good = fault === null ? good + 1 : 0;
    if (good === ENOUGH) return null;
    if (performance.now() >= ends) return fault ?? `answered well ${good} times only in the time there was`;
    if (fault !== null) await delay(PAUSE_MS, undefined, { ref: false });
  }
}

/** One request on a connection of its own. */
async function ask(endpoint: EndpointFacts, options: ProbeOptions): Promise<string | null> {
  const { host, path } = options;
  const client = new Client(endpoint.tls ? 'https://endpoint' : 'http://endpoint', {
    allowH2: endpoint.tls && endpoint.protocol === 'http2',
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    connect: ((_: unknown, done: Done) => dial(endpoint, options, done)) as never,
  });
  try {
    const headers = { host, 'user-agent': 'cellgate-probe', 'x-forwarded-proto': 'https' };
    const { statusCode, headers: answered, body } = await client.request({ method: 'GET', path, headers });
    const text = await beginning(body);
    if (statusCode >= 200 && statusCode < 400) return null;
    const { location } = answered;
    const where = location === undefined ? '' : `, location ${JSON.stringify(location)}`;
    return `answered ${statusCode} to GET ${path}${where}: ${JSON.stringify(text)}`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `did not answer GET ${path}: ${code === undefined ? message : `${message} (${code})`}`;
  } finally {
    await client.destroy();
  }
}

type Done = (error: Error | null, socket: Socket | null) => void;

function dial(
  { host, port, tls, protocol, serverCertDomainSan }: EndpointFacts,
  options: ProbeOptions,
  done: Done,
): void {
  const raw = connect({ host, port, lookup: options.lookup, noDelay: true });
  const name = serverCertDomainSan || host;
  const protocols = protocol === 'http2' ? ['h2', 'http/1.1'] : null;
  const socket = tls ? new BackendTls(options.trust, name).over(raw, protocols) : raw;
  const ended = Promise.withResolvers<Error | null>();
  // What ends it does so once, whichever of these comes first.
  on(raw, 'error', ONE_MESSAGE, (error: Error) => ended.resolve(error));
  on(socket, 'error', ONE_MESSAGE, (error: Error) => ended.resolve(error));
  on(socket, tls ? 'secureConnect' : 'connect', ONE_MESSAGE, () => ended.resolve(null));
  const late = new Error(`no connection within ${TIMEOUT_MS / 1000} s`);
  const timer = after(TIMEOUT_MS, ONE_MESSAGE, () => ended.resolve(late));
  const settle = async (): Promise<void> => {
    const error = await ended.promise;
    clearTimeout(timer);
    if (error !== null) socket.destroy();
    done(error, error === null ? socket : null);
  };
  inBackground(ONE_MESSAGE, settle());
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const piece of body) {
    text += piece.toString('latin1', 0, TOLD);
    if (text.length >= TOLD) break;
  }
  return text.slice(0, TOLD);
}
