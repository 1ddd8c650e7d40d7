import { HOST_FIELD } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import type { HeadSink, OutgoingHead } from '../message/head-sink.ts';
import { isKept } from '../message/kept-lines.ts';
import type { OwnLines } from '../message/own-lines.ts';

/** What HTTP/2 says otherwise, or not at all, and Node throws at (RFC 9113 §8.2.2). */
const OF_HTTP_1: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** A head as HTTP/2 sends it: names in lower case and values in turn, pseudo-headers first. */
export class FieldList implements HeadSink {
  readonly fields: string[] = [];
  readonly #scheme: 'http' | 'https';

  /** `scheme`: of a request. */
  constructor(scheme: 'http' | 'https' = 'http') {
    this.#scheme = scheme;
  }

  requestLine(method: string, target: string, authority: string): void {
    const scheme = this.#scheme;
    this.fields.push(':method', method, ':scheme', scheme, ':authority', authority, ':path', target);
  }

  statusLine(status: number): void {
    this.fields.push(':status', String(status));
  }

  relay(
    head: Head,
    withStart: boolean,
    dropped: Uint8Array,
    named: readonly string[] | null,
    protectedNames: readonly string[],
  ): void {
    if (withStart) this.#start(head);
    for (let line = 0; line < head.count; line++) {
      if (isKept(head, line, dropped, named, protectedNames)) this.add(head.name(line), head.value(line));
    }
  }

  add(name: string, value: string): void {
    const lower = name.toLowerCase();
    if (OF_HTTP_1.has(lower) || (lower === 'te' && value !== 'trailers')) return;
    // RFC 9113 §8.3.1: `:authority` says it.
    if (lower === 'host' && this.fields[0] === ':method') return;
    this.fields.push(lower, value);
  }

  addAll({ fields }: OwnLines): void {
    for (let i = 0; i < fields.length; i += 2) this.add(fields[i]!, fields[i + 1]!);
  }

  hop(): void {}

  #start(head: Head): void {
    if (head.isResponse) {
      this.statusLine(head.status);
      return;
    }
    const host = head.find(HOST_FIELD);
    this.requestLine(head.method, head.target, host < 0 ? '' : head.value(host));
  }
}

/** `scheme`: of a request. */
export function fieldsOf(head: OutgoingHead, scheme?: 'http' | 'https'): string[] {
  const list = new FieldList(scheme);
  head.writeTo(list);
  return list.fields;
}

/** Names and values in turn as Node wants them where it takes no such list. */
export function byName(fields: readonly string[]): Record<string, string[]> {
  // A name may be one that every object has.
  const grouped: Record<string, string[]> = Object.create(null);
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    grouped[name] ??= [];
    grouped[name].push(fields[i + 1]!);
  }
  return grouped;
}
