import { connect, type LookupFunction, type Socket } from 'node:net';
import { inBackground } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { EndpointFacts } from '../../routing/endpoint.ts';
import { BackendTls } from '../../tls/connection/backend-tls.ts';
import type { BackendTrust } from '../../tls/connection/backend-trust.ts';

/** What can be asked whether it is well. */
export interface ProbeTarget {
  readonly address: string;
  /** Null: it is; or what it does instead. */
  ask(): Promise<string | null>;
}

export interface HttpProbe {
  readonly trust: BackendTrust;
  readonly lookup: LookupFunction;
  /** As clients name it. */
  readonly host: string;
  /** With its query. */
  readonly path: string;
}

const TIMEOUT_MS = 5000;
/** Characters of an answer that are told. */
const TOLD = 200;

/** Asked with a GET, as by a client. */
export function httpTarget(endpoint: EndpointFacts, options: HttpProbe): ProbeTarget {
  return { address: endpoint.address, ask: () => askHttp(endpoint, options) };
}

/** Asked for a connection: what is spoken on it nobody here knows. */
export function tcpTarget(
  { address, host, port }: { readonly address: string; readonly host: string; readonly port: number },
  lookup: LookupFunction,
): ProbeTarget {
  const ask = async (): Promise<string | null> => {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const raw = connect({ host, port, lookup });
    settled(raw, raw, 'connect', (error) =>
      resolve(error === null ? null : `took no connection: ${error.message}`),
    );
    const fault = await promise;
    raw.destroy();
    return fault;
  };
  return { address, ask };
}

/** One request on a connection of its own. */
async function askHttp(endpoint: EndpointFacts, options: HttpProbe): Promise<string | null> {
  const { host, path } = options;
  // Few routers ever probe, and none idly.
  const { Client } = await import('undici');
  const client = new Client(endpoint.tls ? 'https://endpoint' : 'http://endpoint', {
    allowH2: endpoint.tls && endpoint.protocol === 'http2',
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    connect: ((_: unknown, done: Done) => dial(endpoint, options, done)) as never,
  });
  try {
    const headers = { host, 'user-agent': 'cellgate-probe', 'x-forwarded-proto': 'https' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await client.request({ method: 'GET', path, headers, signal });
    const { statusCode, headers: answered, body } = response;
    // The body is of no matter then: some never end.
    if (statusCode >= 200 && statusCode < 400) {
      on(body, 'error', ONE_MESSAGE, () => {});
      body.destroy();
      return null;
    }
    const text = await beginning(body);
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
  options: HttpProbe,
  done: Done,
): void {
  const raw = connect({ host, port, lookup: options.lookup, noDelay: true });
  const name = serverCertDomainSan || host;
  const protocols = protocol === 'http2' ? ['h2', 'http/1.1'] : null;
  const socket = tls ? new BackendTls(options.trust, name).over(raw, protocols) : raw;
  settled(raw, socket, tls ? 'secureConnect' : 'connect', (error) => {
    if (error !== null) socket.destroy();
    done(error, error === null ? socket : null);
  });
}

/** Tells once whether the connection came about, whichever comes first of what can happen to it. */
function settled(raw: Socket, socket: Socket, made: string, tell: (error: Error | null) => void): void {
  const ended = Promise.withResolvers<Error | null>();
  on(raw, 'error', ONE_MESSAGE, (error: Error) => ended.resolve(error));
  on(socket, 'error', ONE_MESSAGE, (error: Error) => ended.resolve(error));
  on(socket, made, ONE_MESSAGE, () => ended.resolve(null));
  const late = new Error(`no connection within ${TIMEOUT_MS / 1000} s`);
  const timer = after(TIMEOUT_MS, ONE_MESSAGE, () => ended.resolve(late));
  const settle = async (): Promise<void> => {
    const error = await ended.promise;
    clearTimeout(timer);
    tell(error);
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
