import { encodeField, encodeStatus } from '../hpack/encoder.ts';
import { HOST_FIELD } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import type { HeadSink, OutgoingHead } from '../message/head-sink.ts';
import { isKept } from '../message/kept-lines.ts';
import type { OwnLines } from '../message/own-lines.ts';

/**
 * What HTTP/2 says otherwise, or not at all (RFC 9113 §8.2.2), by the length and the first letter of its name: nearly all
 * others are told from them by that alone.
 */
const OF_HTTP_1: ReadonlyMap<number, readonly string[]> = byLength(
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
);

/** Bytes that each field counts beside its own (RFC 9113 §6.5.2). */
const PER_FIELD = 32;
const STATUS_SIZE = ':status'.length + 3 + PER_FIELD;

/** Heads as header blocks, one after the other: Latin-1, one character a byte. Reused. */
export class BlockText implements HeadSink {
  text = '';
  /** Of the head under way, as SETTINGS_MAX_HEADER_LIST_SIZE counts it. Bytes. */
  size = 0;
  #scheme: 'http' | 'https' = 'http';
  /** Of HTTP/1.1's handshake nothing goes on (RFC 8441 §5). */
  #opens = false;
  #isRequest = false;

  /** A whole head; `scheme`: of a request. What a fault has left here of another one is gone. */
  of(head: OutgoingHead, scheme: 'http' | 'https'): string {
    this.begin(scheme);
    head.writeTo(this);
    return this.text;
  }

  begin(scheme: 'http' | 'https' = 'http'): void {
    this.text = '';
    this.size = 0;
    this.#scheme = scheme;
    this.#opens = false;
    this.#isRequest = false;
  }

  requestLine(method: string, target: string, authority: string): void {
    this.#isRequest = true;
    this.field(':method', method, false);
    this.field(':scheme', this.#scheme, false);
    if (authority !== '') this.field(':authority', authority, false);
    this.field(':path', target, false);
  }

  /** What a 101 is to an extended CONNECT (RFC 8441 §4). */
  opening(head: OutgoingHead): string {
    this.begin();
    this.#opens = true;
    head.writeTo(this);
    this.#opens = false;
    return this.text;
  }

  /** An answer of the router's own. */
  answer({ status, lines }: { readonly status: number; readonly lines: OwnLines }): string {
    this.begin();
    this.statusLine(status);
    this.addAll(lines);
    return this.text;
  }

  statusLine(status: number): void {
    this.size += STATUS_SIZE;
    this.text += encodeStatus(this.#opens ? 200 : status);
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
      if (!isKept(head, line, dropped, named, protectedNames)) continue;
      this.#line(head.name(line), head.value(line), head.isSensitive(line));
    }
  }

  add(name: string, value: string): void {
    this.#line(name, value, false);
  }

  addAll({ fields }: OwnLines): void {
    for (let i = 0; i < fields.length; i += 2) this.#line(fields[i]!, fields[i + 1]!, false);
  }

  hop(): void {}

  /** `name` in any case. `sensitive`: nobody on the way is to keep it (RFC 7541 §7.1.3). */
  field(name: string, value: string, sensitive: boolean): void {
    this.size += name.length + value.length + PER_FIELD;
    this.text += encodeField(name, value, sensitive);
  }

  #line(name: string, value: string, sensitive: boolean): void {
    if (!this.#staysBehind(name, value)) this.field(name, value, sensitive);
  }

  /** `name` in any case. */
  #staysBehind(name: string, value: string): boolean {
    switch (name.length) {
      case 2:
        return value !== 'trailers' && name.toLowerCase() === 'te';
      case 4:
        // RFC 9113 §8.3.1: `:authority` says it.
        return this.#isRequest && name.toLowerCase() === 'host';
      case 20:
        return this.#opens && name.toLowerCase() === 'sec-websocket-accept';
      default:
        return isOfHttp1(name);
    }
  }

  #start(head: Head): void {
    if (head.isResponse) {
      this.statusLine(head.status);
      return;
    }
    const host = head.find(HOST_FIELD);
    this.requestLine(head.method, head.target, host < 0 ? '' : head.value(host));
  }
}

function isOfHttp1(name: string): boolean {
  const candidates = OF_HTTP_1.get(name.length);
  if (candidates === undefined) return false;
  const first = name.charCodeAt(0) | LOWER;
  for (const candidate of candidates) {
    if (candidate.charCodeAt(0) === first && candidate === name.toLowerCase()) return true;
  }
  return false;
}

const LOWER = 0x20;

function byLength(...names: readonly string[]): Map<number, string[]> {
  const lengths = new Map<number, string[]>();
  for (const name of names) lengths.set(name.length, [...(lengths.get(name.length) ?? []), name]);
  return lengths;
}
