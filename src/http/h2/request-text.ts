/** Why a request that HTTP/2 allows is not one for us. */
export type Unfit =
  | 'connect'
  | 'bad pseudo-header'
  | 'host differs from authority'
  | 'white space around a value';

/** Fields of HTTP/1.1's framing, which have no meaning in HTTP/2 and must not gain one here (RFC 9113 §8.2.2). */
const OF_HTTP_1: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Of the handshake of a WebSocket over HTTP/1.1, which the router makes itself (RFC 8441 §5). */
const KEY = 'sec-websocket-key';

/** Bytes of a request's head as RFC 9113 §6.5.2 counts them, but for its 32 a field. */
export function fieldBytes(fields: readonly string[]): number {
  let bytes = 0;
  for (const text of fields) bytes += text.length;
  return bytes;
}

/** The protocol that an extended CONNECT asks for (RFC 8441 §4); `null`: it is none. */
export function protocolOf(fields: readonly string[]): string | null {
  for (let i = 0; i < fields.length && fields[i]!.startsWith(':'); i += 2) {
    if (fields[i] === ':protocol') return fields[i + 1]!;
  }
  return null;
}

/**
 * The head of an HTTP/2 request as HTTP/1.1 would spell it, so that one parser and one set of rules judge both.
 * The text still has to pass that parser: nothing is taken for checked here.
 *
 * @param fields names and values in turn, pseudo-headers included, in the order sent
 * @param hasBody whether a body follows
 * @param webSocketKey of a request for a WebSocket, which HTTP/1.1 asks for with a GET; `null`: of any other
 */
export function requestText(
  fields: readonly string[],
  hasBody: boolean,
  webSocketKey: string | null = null,
): string | Unfit {
  let method = '';
  let path = '';
  let authority: string | null = null;
  let host: string | null = null;
  let cookies = '';
  let statesLength = false;
  let lines = '';
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    if (isPadded(value)) return 'white space around a value';
    if (name.startsWith(':')) {
      if (name === ':method') method = value;
      else if (name === ':path') path = value;
      else if (name === ':authority') authority = value;
      else if (name === ':protocol' && webSocketKey === null) return 'connect';
      else if (name !== ':scheme' && name !== ':protocol') return 'bad pseudo-header';
    } else if (name === 'host') {
      if (host !== null && host !== value) return 'host differs from authority';
      host = value;
    } else if (name === 'cookie') {
      // RFC 9113 §8.2.3: split for compression, one again for HTTP/1.1.
      cookies = cookies === '' ? value : `${cookies}; ${value}`;
    } else if (!OF_HTTP_1.has(name) && (webSocketKey === null || name !== KEY)) {
      statesLength ||= name === 'content-length';
      lines += `${name}: ${value}\r\n`;
    }
  }
  if (webSocketKey !== null) {
    method = 'GET';
    lines += `${KEY}: ${webSocketKey}\r\n`;
  } else if (method === 'CONNECT') {
    return 'connect';
  }
  if (method === '' || path === '') return 'bad pseudo-header';
  if (authority !== null && host !== null && authority.toLowerCase() !== host.toLowerCase()) {
    return 'host differs from authority';
  }
  if (cookies !== '') lines += `cookie: ${cookies}\r\n`;
  if (hasBody && !statesLength && webSocketKey === null) lines += 'transfer-encoding: chunked\r\n';
  return `${method} ${path} HTTP/1.1\r\nhost: ${authority ?? host ?? ''}\r\n${lines}\r\n`;
}

/** RFC 9113 §8.2.1: a value neither begins nor ends with a space or a tab. */
export function isPadded(value: string): boolean {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  return first === SPACE || first === TAB || last === SPACE || last === TAB;
}

const SPACE = 0x20;
const TAB = 0x09;
