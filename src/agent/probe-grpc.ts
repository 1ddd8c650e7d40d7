import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { isIP } from 'node:net';
import { hostPort } from '../address/host-port.ts';
import { on, once } from '../boundary/events.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { CheckResult, GrpcProbe } from './route/check.ts';
import { healthRequest, servingStatus } from './route/grpc-health.ts';

const OK = '0';
const SESSION_ENDED = 'ERR_HTTP2_STREAM_CANCEL';
const LONGEST_ANSWER = 4_096;

/** Asks the standard health service. @param timeout milliseconds, in all */
export async function probeGrpc(
  probe: GrpcProbe,
  timeout: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { host, port, tls, serverName, service } = probe;
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const fail = (reason: string): void => resolve({ ok: false, reason });
  const session: ClientHttp2Session = connect(`${tls ? 'https' : 'http'}://${hostPort(host, port)}`, {
    rejectUnauthorized: false,
    ...(serverName === '' || isIP(serverName) ? {} : { servername: serverName }),
  });
  on(session, 'error', ONE_ROUND, ({ code, message }: NodeJS.ErrnoException) => fail(code ?? message));
  once(session, 'close', ONE_ROUND, () => fail('closed without an answer'));
  const timer = after(timeout, ONE_ROUND, () => fail(`no answer within ${timeout}ms`));
  const stop = (): void => fail('called off');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    listen(
      session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      }),
      service,
      resolve,
    );
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    session.destroy();
  }
}

function listen(stream: ClientHttp2Stream, service: string, resolve: (result: CheckResult) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  let status: string | undefined;
  let message = '';
  const read = (headers: Record<string, unknown>): void => {
    status = headers['grpc-status'] === undefined ? status : String(headers['grpc-status']);
    message = decoded(String(headers['grpc-message'] ?? message).slice(0, 200));
  };
  on(stream, 'error', ONE_ROUND, ({ code, message }: NodeJS.ErrnoException) => {
    // Of one that ends with its session, the session says why.
    if (code !== SESSION_ENDED) resolve({ ok: false, reason: message });
  });
  on(stream, 'response', ONE_ROUND, read);
  on(stream, 'trailers', ONE_ROUND, read);
  on(stream, 'data', ONE_ROUND, (part: Buffer) => {
    bytes += part.length;
    if (bytes <= LONGEST_ANSWER) parts.push(part);
  });
  let state: 'open' | 'ended' = 'open';
  on(stream, 'end', ONE_ROUND, () => {
    state = 'ended';
  });
  // Behind the trailers, which have the status.
  once(stream, 'close', ONE_ROUND, () => {
    if (state === 'open') return;
    if (status === undefined) resolve({ ok: false, reason: 'no gRPC status' });
    else if (status !== OK) {
      resolve({ ok: false, reason: `gRPC status ${status}${message === '' ? '' : ` (${message})`}` });
    } else {
      const serving = servingStatus(Buffer.concat(parts));
      resolve(serving === 'SERVING' ? { ok: true } : { ok: false, reason: serving });
    }
  });
  stream.end(healthRequest(service));
}

/** A status message is written as part of a URL is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
