import { valuesOf } from '../reader/naive-grammar.ts';
import type { Fields } from '../reader/reading.ts';
import { fieldsDifference, quote } from './difference.ts';

/** Names that may be taken away, changed or added on the way, whatever the message says. */
const CHANGED = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'max-forwards'],
  ...['proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'x-cf-app-instance', 'x-cf-applicationid', 'x-cf-instanceid', 'x-cf-instanceindex'],
  ...['x-cf-proxy-signature', 'x-cf-routererror', 'x-forwarded-for', 'x-forwarded-proto', 'x-request-start'],
  ...['x-vcap-request-id', 'date'],
]);

/** Where header lines that must pass did not, in their order and byte for byte; `null` when all did. */
export function passingDifference(received: Fields, sent: Fields): string | null {
  const named = new Set(
    valuesOf(received, 'connection').flatMap((value) =>
      value.split(',').map((name) => name.trim().toLowerCase()),
    ),
  );
  const passing = (fields: Fields) =>
    fields.filter(([name]) => !CHANGED.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
  return fieldsDifference('the other side', passing(sent), 'the router', passing(received));
}

/** Trailers may be left out on the way, never changed, added or put in another order. */
export function trailersDifference(received: Fields, sent: Fields): string | null {
  let from = 0;
  for (const [name, value] of sent) {
    const at = received.findIndex((field, i) => i >= from && field[0] === name && field[1] === value);
    if (at < 0) return `the trailer ${quote(`${name}: ${value}`)} is made up`;
    from = at + 1;
  }
  return null;
}
