/** What HTTP/2 says otherwise, or not at all (RFC 9113 §8.2.2, §8.3.1). */
const OF_HTTP_1: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * A request head of HTTP/1.1 as HTTP/2 sends it: names in lower case and values in turn, pseudo-headers first.
 *
 * @param text from `requestHead`: well-formed, its Host line included
 */
export function requestFields(text: string, scheme: 'http' | 'https'): string[] {
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.indexOf(' ', methodEnd + 1);
  const fields = [':method', text.slice(0, methodEnd), ':scheme', scheme, ':authority', '', ':path'];
  fields.push(text.slice(methodEnd + 1, targetEnd));
  for (let at = text.indexOf('\r\n', targetEnd) + 2; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end <= at) return fields;
    const colon = text.indexOf(':', at);
    const name = text.slice(at, colon).toLowerCase();
    const value = text.slice(colon + 1, end).trim();
    if (name === 'host') fields[5] = value;
    else if (!OF_HTTP_1.has(name)) fields.push(name, value);
    at = end + 2;
  }
}
