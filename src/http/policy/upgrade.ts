import { createHash } from 'node:crypto';
import { type Fault, UPGRADE_WITH_BODY, WEBSOCKET_WITHOUT_KEY } from '../message/fault.ts';
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

/** Why the request cannot be forwarded as one to upgrade. */
export function upgradeFault(head: Head, request: Request, protocol: string): Fault | null {
  if (request.bodyLength !== 0) return UPGRADE_WITH_BODY;
  if (!isWebSocket(protocol)) return null;
  const key = head.find(SEC_WEBSOCKET_KEY);
  return key >= 0 && head.value(key) !== '' ? null : WEBSOCKET_WITHOUT_KEY;
}

export function isWebSocket(protocol: string): boolean {
  return protocol.toLowerCase() === 'websocket';
}

/** Why a 101 is not the answer to this request; `null` when it is (RFC 6455 §4.1). */
export function switchingFault(
  protocol: string | null,
  requestHead: Head,
  head: Head,
  response: Response,
): string | null {
  if (protocol === null) return '101 to a request that asked for none';
  if (response.upgrade === ABSENT || !response.connection.upgrade) return '101 without Upgrade';
  if (head.value(response.upgrade).toLowerCase() !== protocol.toLowerCase()) return '101 to another protocol';
  if (!isWebSocket(protocol)) return null;
  const key = requestHead.find(SEC_WEBSOCKET_KEY);
  const accept = head.find(SEC_WEBSOCKET_ACCEPT);
  const wanted = key < 0 ? '' : acceptFor(requestHead.value(key));
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
