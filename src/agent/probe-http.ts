import { isIP } from 'node:net';
import { Client } from 'undici';
import { hostPort } from '../address/host-port.ts';
import { inBackground } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { type CheckResult, type HttpProbe, isExpected } from './route/check.ts';

/**
 * Whether a GET is answered as expected. Each is made on a connection of its own, as a client's is. A certificate is not
 * verified: routers do that, and here the application is on the same machine; an address is no name to ask for it by.
 * @param timeout milliseconds, in all
 */
export async function probeHttp(
  probe: HttpProbe,
  timeout: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { host, port, tls, serverName, path, headers, expect } = probe;
  const limit = AbortSignal.timeout(timeout);
  const client = new Client(`${tls ? 'https' : 'http'}://${hostPort(host, port)}`, {
    connect: {
      timeout,
      rejectUnauthorized: false,
      ...(serverName === '' || isIP(serverName) ? {} : { servername: serverName }),
    },
  });
  try {
    const { statusCode, body } = await client.request({
      path,
      method: 'GET',
      headers: { 'user-agent': 'cellgate-agent', connection: 'close', ...headers },
      signal: AbortSignal.any([signal, limit]),
    });
    // Nobody reads it, and it may be long.
    on(body, 'error', ONE_ROUND, () => {});
    body.destroy();
    return isExpected(statusCode, expect) ? { ok: true } : { ok: false, reason: `status ${statusCode}` };
  } catch (error) {
    if (limit.aborted) return { ok: false, reason: `no answer within ${timeout}ms` };
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    return { ok: false, reason: typeof code === 'string' && !code.startsWith('UND_ERR') ? code : message };
  } finally {
    inBackground(ONE_ROUND, client.destroy());
  }
}
