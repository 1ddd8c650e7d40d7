/** Why a request that HTTP/2 allows is not one for us. */
export type Unfit = 'connect' | 'bad pseudo-header' | 'host differs from authority';

/** Fields of HTTP/1.1's framing, which have no meaning in HTTP/2 and must not gain one here (RFC 9113 §8.2.2). */
const OF_HTTP_1: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * The head of an HTTP/2 request as HTTP/1.1 would spell it, so that one parser and one set of rules judge both.
 * The text still has to pass that parser: nothing is taken for checked here.
 *
 * @param fields names and values in turn, pseudo-headers included, in the order sent
 * @param hasBody whether a body follows
 */
export function requestText(fields: readonly string[], hasBody: boolean): string | Unfit {
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
    if (name.startsWith(':')) {
      if (name === ':method') method = value;
      else if (name === ':path') path = value;
      else if (name === ':authority') authority = value;
      else if (name !== ':scheme') return 'bad pseudo-header';
    } else if (name === 'host') {
      if (host !== null && host !== value) return 'host differs from authority';
      host = value;
    } else if (name === 'cookie') {
      // RFC 9113 §8.2.3: split for compression, one again for HTTP/1.1.
      cookies = cookies === '' ? value : `${cookies}; ${value}`;
    } else if (!OF_HTTP_1.has(name)) {
      statesLength ||= name === 'content-length';
      lines += `${name}: ${value}\r\n`;
    }
  }
  if (method === 'CONNECT') return 'connect';
  if (method === '' || path === '') return 'bad pseudo-header';
  if (authority !== null && host !== null && authority.toLowerCase() !== host.toLowerCase()) {
    return 'host differs from authority';
  }
  if (cookies !== '') lines += `cookie: ${cookies}\r\n`;
  if (hasBody && !statesLength) lines += 'transfer-encoding: chunked\r\n';
  return `${method} ${path} HTTP/1.1\r\nhost: ${authority ?? host ?? ''}\r\n${lines}\r\n`;
}
