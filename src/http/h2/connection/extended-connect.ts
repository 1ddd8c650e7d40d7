import { randomBytes } from 'node:crypto';
import { CONNECT_REFUSED, type Fault } from '../../message/fault.ts';
import { SEC_WEBSOCKET_KEY } from '../../message/field-name.ts';
import type { Head } from '../../message/head.ts';

const KEY_BYTES = 16;

/** Makes of an extended CONNECT for a WebSocket what HTTP/1.1 asks for one with (RFC 8441 §5); no other protocol is served. */
export function extendedConnect(head: Head, protocol: string): Fault | null {
  if (protocol.toLowerCase() !== 'websocket') return CONNECT_REFUSED;
  head.append('sec-websocket-key', randomBytes(KEY_BYTES).toString('base64'), SEC_WEBSOCKET_KEY);
  return null;
}
