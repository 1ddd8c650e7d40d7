import { type Session, sessionOf } from '../../http/account/session.ts';
import type { HttpProxy } from '../../http/proxy/http-proxy.ts';
import { routeNameText } from '../../tcp/table/route-name.ts';
import type { TcpService } from '../tcp/tcp-service.ts';

/** What a thread's clients have under way, looked for when somebody asks. @param now monotonic milliseconds @param older milliseconds */
export function* liveSessions(
  proxy: HttpProxy,
  tcp: TcpService | null,
  now: number,
  older: number,
): Generator<Session> {
  const { settings } = proxy.context;
  for (const connection of proxy.downstreams) {
    for (const served of connection.served) {
      const session = sessionOf(served, settings, now, older);
      if (session !== null) yield session;
    }
  }
  for (const relay of tcp?.proxy.relays ?? []) {
    const session = relay.session(older);
    if (session === null) continue;
    const { port, serverName, client, backend, instanceId, age, fromClient, fromBackend } = session;
    yield {
      kind: 'tcp',
      id: '',
      route: routeNameText({ port, sni: serverName }),
      line: '',
      client,
      endpoint: backend,
      instance: instanceId,
      app: '',
      age,
      fromClient,
      fromBackend,
    };
  }
}

/** How many there are. */
export function countSessions(proxy: HttpProxy, tcp: TcpService | null): number {
  let count = tcp?.proxy.relays.size ?? 0;
  for (const connection of proxy.downstreams) {
    for (const { exchange } of connection.served) if (exchange.requestId !== '') count++;
  }
  return count;
}
