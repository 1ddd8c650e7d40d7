import { createHash } from 'node:crypto';
import { type Fault, UPGRADE_WITH_BODY } from '../message/fault.ts';
import { SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { Response } from '../message/response.ts';

/** RFC 6455 §1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The protocol a request asks to switch to, or `null` when it is to be served as plain HTTP: RFC 9110 §7.8 wants
 * the Connection option too, only GET is given a tunnel, and h2c never is: behind it requests would pass unseen.
 */
export function wantedProtocol(head: Head, request: Request): string | null {
  if (request.upgrade === ABSENT || !request.connection.upgrade) return null;
  if (request.http10 || request.method !== 'GET') return null;
  const protocol = head.value(request.upgrade);
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?$/.test(protocol) &&
    !/^h2c?(\/|$)/i.test(protocol)
    ? protocol
    : null;
}

/** Why the request cannot be forwarded as one to upgrade. Its key is for the application to judge. */
export function upgradeFault(request: Request): Fault | null {
  return request.bodyLength === 0 ? null : UPGRADE_WITH_BODY;
}

/** `protocol`: `null` where none is asked for. */
export function isWebSocket(protocol: string | null): boolean {
  return protocol?.toLowerCase() === 'websocket';
}

/** The request that a 101 answers. */
interface Asking {
  readonly head: Head;
  readonly request: Request;
  /** `null`: it asks for no other protocol. */
  readonly upgradeTo: string | null;
}

/**
 * Why a 101 is not the answer to this request; `null` when it is. Whether its key was understood (RFC 6455 §4.1) is for
 * whoever has made the key: the client, or over HTTP/2, which knows none, the router.
 */
export function switchingFault(
  { head: asked, request, upgradeTo: protocol }: Asking,
  head: Head,
  response: Response,
): string | null {
  if (protocol === null) return '101 to a request that asked for none';
  if (response.upgrade === ABSENT || !response.connection.upgrade) return '101 without Upgrade';
  if (head.value(response.upgrade).toLowerCase() !== protocol.toLowerCase()) return '101 to another protocol';
  if (!request.http2) return null;
  const accept = head.find(SEC_WEBSOCKET_ACCEPT);
  const wanted = acceptFor(asked.value(asked.find(SEC_WEBSOCKET_KEY)));
  return accept >= 0 && head.value(accept) === wanted ? null : '101 with a wrong Sec-WebSocket-Accept';
}

/** Why a response other than 101 cannot be passed on: to an extended CONNECT any 2xx would open a tunnel (RFC 8441 §4). */
export function openingFault({ http2 }: Request, protocol: string | null, status: number): string | null {
  return protocol !== null && http2 && status < 300 ? 'no 101 to a request for a WebSocket' : null;
}

function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64');
}
