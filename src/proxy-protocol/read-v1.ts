import { fault, PARTIAL, type ProxyRead } from './header.ts';
import { ipv4Bytes, ipv6Bytes } from './ip-address.ts';

/** With its line end, says the specification. */
const MAX_LINE_BYTES = 107;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** `PROXY TCP4 source destination port port CRLF`, the prefix already seen. */
export function readV1(bytes: Buffer, start: number, end: number): ProxyRead {
  const limit = Math.min(end, start + MAX_LINE_BYTES);
  let at = start;
  while (at < limit && bytes[at] !== LINE_FEED) at++;
  if (at === limit) return limit - start === MAX_LINE_BYTES ? fault('too-long') : PARTIAL;
  if (bytes[at - 1] !== CARRIAGE_RETURN) return fault('malformed');
  const length = at + 1 - start;
  const words = bytes.toString('latin1', start, at - 1).split(' ');
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = ''] = words;
  // Whatever follows UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return { kind: 'header', header: { kind: 'local' }, length };
  const addressBytes = family === 'TCP4' ? ipv4Bytes : family === 'TCP6' ? ipv6Bytes : null;
  if (addressBytes === null || words.length !== 6) return fault('malformed');
  if (addressBytes(source) === null || addressBytes(destination) === null) return fault('malformed');
  const from = portNumber(sourcePort);
  const to = portNumber(destinationPort);
  if (from < 0 || to < 0) return fault('malformed');
  return {
    kind: 'header',
    header: { kind: 'proxied', source, sourcePort: from, destination, destinationPort: to },
    length,
  };
}

/** -1 for what is not one. */
function portNumber(text: string): number {
  const port = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : -1;
  return port <= 65_535 ? port : -1;
}
