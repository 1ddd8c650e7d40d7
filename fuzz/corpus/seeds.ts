import {
  BAD_BODIES,
  BAD_HEADS,
  GOOD_REQUESTS,
  INCOMPLETE_REQUESTS,
} from '../../test/support/request-corpus.ts';
import { BAD_RESPONSES, GOOD_RESPONSES, INCOMPLETE_RESPONSES } from '../../test/support/response-corpus.ts';

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** What mutations begin with, besides messages made up: good ones more often than bad ones, which are many. */
export const REQUEST_SEEDS: readonly (readonly string[])[] = [
  [...GOOD_REQUESTS.map(({ raw }) => raw), UPGRADE],
  [...BAD_HEADS, ...BAD_BODIES, ...INCOMPLETE_REQUESTS].map(({ raw }) => raw),
];

export const RESPONSE_SEEDS: readonly (readonly string[])[] = [
  GOOD_RESPONSES.map(({ raw }) => raw),
  [...BAD_RESPONSES, ...INCOMPLETE_RESPONSES].map(({ raw }) => raw),
];
