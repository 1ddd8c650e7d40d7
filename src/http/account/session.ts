import type { ServedDownstream } from '../downstream.ts';
import { isWebSocket } from '../policy/upgrade.ts';
import type { HttpSettings } from '../settings.ts';
import { requestLine } from './access-record.ts';

/** A request under way, or what it has become. */
type SessionKind = 'http/1.1' | 'http/2' | 'websocket' | 'upgrade' | 'tcp';

/** Something that a client and an endpoint have under way. Plain data, without anything of bodies or headers. */
export interface Session {
  readonly kind: SessionKind;
  /** Of the request; empty: it is none. */
  readonly id: string;
  /** Key of the route; empty: none is found yet. */
  readonly route: string;
  /** The first line, the query as the access log has it; empty: there is none. */
  readonly line: string;
  /** Empty where the access log has none either. */
  readonly client: string;
  /** `host:port`; empty: none yet. */
  readonly endpoint: string;
  readonly instance: string;
  readonly app: string;
  /** Milliseconds. */
  readonly age: number;
  /** Bytes of bodies, or of what else is spoken. */
  readonly fromClient: number;
  readonly fromBackend: number;
}

/** Characters of a text that whoever asked has chosen. */
const LONGEST = 200;

/** What a connection, or a stream, has under way; null: nothing that is so old. @param now monotonic milliseconds @param older milliseconds */
export function sessionOf(
  served: ServedDownstream,
  settings: HttpSettings,
  now: number,
  older: number,
): Session | null {
  const { exchange, tunnel, head, request, client } = served;
  const { account, requestId: id } = exchange;
  const age = now - account.receivedAt;
  if (id === '' || age < older) return null;
  const endpoint = account.texts?.endpoint;
  return {
    kind: kindOf(served),
    id,
    route: account.pool?.settings.routeKey ?? '',
    line: requestLine(head, request, settings.accessLog.redactQuery).slice(0, LONGEST),
    client: settings.logSourceAddress ? client.address : '',
    endpoint: endpoint?.address ?? '',
    instance: endpoint?.instanceId ?? '',
    app: endpoint?.appId ?? '',
    age,
    fromClient: tunnel?.fromClientBytes ?? account.requestBytes,
    fromBackend: tunnel?.fromBackendBytes ?? account.responseBytes,
  };
}

function kindOf({ tunnel, upgradeTo, request }: ServedDownstream): SessionKind {
  if (tunnel === null) return request.http2 ? 'http/2' : 'http/1.1';
  return isWebSocket(upgradeTo) ? 'websocket' : 'upgrade';
}
