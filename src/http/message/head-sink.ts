import type { Head } from './head.ts';
import type { OwnLines } from './own-lines.ts';

/**
 * Where a head is written, whatever version of HTTP goes out there: first a start, then lines, nothing else. Names may
 * be spelled in any case.
 */
export interface HeadSink {
  /** Of a request; HTTP/1.1 writes Host with it. */
  requestLine(method: string, target: string, authority: string): void;
  statusLine(status: number, reason: string): void;
  /**
   * The lines of `head` that go on, in their order and with their bytes (see `keptLines`). `withStart`: and its start as
   * it stands: the request line, with Host among the lines; the status line.
   */
  relay(
    head: Head,
    withStart: boolean,
    dropped: Uint8Array,
    named: readonly string[] | null,
    protectedNames: readonly string[],
  ): void;
  /** One line of the router's own, well-formed. */
  add(name: string, value: string): void;
  /** Lines made once and said again and again. */
  addAll(lines: OwnLines): void;
  /** One of HTTP/1.1's framing and connections, which HTTP/2 says otherwise or not at all (RFC 9113 §8.2.2). */
  hop(name: string, value: string): void;
}

/** A head that can be written, also twice: for another attempt. */
export interface OutgoingHead {
  writeTo(sink: HeadSink): void;
}
