import type { Head } from '../../src/http/message/head.ts';
import type { ModelField } from '../../test/support/hpack-model.ts';

/** A head or trailers as text: the start, a line for each field; behind one that no table is to keep stands `(never)`. */
export function headText(head: Head, start: string): string {
  let text = start;
  for (let line = 0; line < head.count; line++)
    text += lineOf(head.name(line), head.value(line), head.isSensitive(line));
  return text;
}

function lineOf(name: string, value: string, isSensitive: boolean): string {
  return `\n${name}: ${value}${isSensitive ? ' (never)' : ''}`;
}

/** What the text of a request's head must be by its fields. */
export function requestText(fields: readonly ModelField[]): string {
  const value = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];
  const authority = value(':authority');
  // RFC 8441 §5: to whom HTTP/1.1 is spoken a tunnel is a GET, whose key is the router's own.
  const isTunnel = value(':protocol') !== undefined;
  const method = isTunnel ? 'GET' : value(':method');
  // RFC 9113 §8.3.1: the authority stands for Host; §8.2.3: cookies are one again.
  const others = fields.filter(
    ([name]) =>
      !name.startsWith(':') &&
      name !== 'cookie' &&
      !(name === 'host' && authority !== undefined) &&
      !(name === 'sec-websocket-key' && isTunnel),
  );
  const cookies = fields.filter(([name]) => name === 'cookie');
  const joined = cookies.map(([, cookie]) => cookie).join('; ');
  const isSecret = cookies.some(([, , never]) => never);
  return [
    `${method} ${value(':path')}`,
    ...(authority === undefined ? [] : [lineOf('host', authority, false)]),
    ...others.map((field) => lineOf(...field)),
    ...(joined === '' ? [] : [lineOf('cookie', joined, isSecret)]),
  ].join('');
}

/** The same of a response. */
export function responseText(fields: readonly ModelField[]): string {
  const status = fields.find(([name]) => name === ':status')?.[1] ?? '';
  return status + trailersText(fields.filter(([name]) => !name.startsWith(':')));
}

export function trailersText(fields: readonly ModelField[]): string {
  return fields.map((field) => lineOf(...field)).join('');
}
