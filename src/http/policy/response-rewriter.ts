import { HOST_FIELD } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import type { HeadSink } from '../message/head-sink.ts';
import { isKept } from '../message/kept-lines.ts';
import type { OwnLines } from '../message/own-lines.ts';
import { missingFrom, type ResponseRewrite } from './response-rewrite.ts';

/**
 * Stands before the sink of one response and rewrites what is written, the router's own lines too, but no framing. `end`
 * must follow the last line.
 */
export class ResponseRewriter implements HeadSink {
  readonly #sink: HeadSink;
  readonly #rewrite: ResponseRewrite;
  /** Lower-case names. */
  readonly #present = new Set<string>();

  constructor(sink: HeadSink, rewrite: ResponseRewrite) {
    this.#sink = sink;
    this.#rewrite = rewrite;
  }

  requestLine(method: string, target: string, authority: string): void {
    this.#sink.requestLine(method, target, authority);
  }

  statusLine(status: number, reason: string): void {
    this.#sink.statusLine(status, reason);
  }

  relay(
    head: Head,
    withStart: boolean,
    dropped: Uint8Array,
    named: readonly string[] | null,
    protectedNames: readonly string[],
  ): void {
    const { remove } = this.#rewrite;
    const hopByHop = named === null ? [] : named.filter((name) => !protectedNames.includes(name));
    const names = [...hopByHop, ...remove];
    const table = remove.includes('host') ? withoutHost(dropped) : dropped;
    for (let line = 0; line < head.count; line++) {
      if (isKept(head, line, table, names, NONE)) this.#present.add(head.name(line).toLowerCase());
    }
    this.#sink.relay(head, withStart, table, names, NONE);
  }

  add(name: string, value: string): void {
    const lower = name.toLowerCase();
    if (this.#rewrite.remove.includes(lower)) return;
    this.#present.add(lower);
    this.#sink.add(name, value);
  }

  addAll({ fields }: OwnLines): void {
    for (let i = 0; i < fields.length; i += 2) this.add(fields[i]!, fields[i + 1]!);
  }

  hop(name: string, value: string): void {
    this.#sink.hop(name, value);
  }

  /** Adds what is to be added. */
  end(): void {
    for (const { name, value } of missingFrom(this.#present, this.#rewrite)) this.#sink.add(name, value);
  }
}

const NONE: readonly string[] = [];

/** No name in Connection takes Host away (see `isKept`); the operator may. */
function withoutHost(dropped: Uint8Array): Uint8Array {
  const table = dropped.slice();
  table[HOST_FIELD] = 1;
  return table;
}
