import { findProgram } from '../../bench/find-program.ts';
import { startDaemon } from '../../fuzz/socket/daemon.ts';
import { Teardown } from '../../fuzz/socket/teardown.ts';
import { freePort } from './free-port.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/**
 * HAProxy between clients and one server, both of which speak HTTP/2 in clear; answers the port it listens on. `reuse`:
 * whose connections may carry a request. `server`: what else stands behind the server's address.
 */
export async function startHttp2Haproxy(
  t: Ending,
  port: number,
  reuse: 'always' | 'never',
  server = '',
): Promise<number> {
  const own = await freePort();
  const text = `
global
  nbthread 1
  maxconn 1000
defaults
  mode http
  http-reuse ${reuse}
  retries 0
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen front
  bind 127.0.0.1:${own} proto h2
  server router 127.0.0.1:${port} proto h2 ${server}
`;
  const teardown = new Teardown();
  t.onTestFinished(() => teardown.run());
  await startDaemon(
    teardown,
    findProgram('haproxy')!,
    (_, config) => ['-db', '-f', config],
    () => text,
    own,
  );
  return own;
}
