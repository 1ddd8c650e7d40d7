import type { Head } from './head.ts';
import type { HeadSink, OutgoingHead } from './head-sink.ts';
import { keptLines } from './kept-lines.ts';
import type { OwnLines } from './own-lines.ts';

/**
 * Heads as HTTP/1.1 writes them, one after the other: Latin-1, without the empty line that ends them. A start begins the
 * next one, whatever a fault has left here of another.
 */
export class TextHead implements HeadSink {
  /** Of the head under way. */
  text = '';

  /** The whole of `head`. */
  of(head: OutgoingHead): string {
    head.writeTo(this);
    return this.take();
  }

  /** What there is, which is let go of. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }

  requestLine(method: string, target: string, authority: string): void {
    this.text = method + ' ' + target + ' HTTP/1.1\r\nHost: ' + authority + '\r\n';
  }

  statusLine(status: number, reason: string): void {
    this.text = 'HTTP/1.1 ' + String(status) + ' ' + reason + '\r\n';
  }

  relay(
    head: Head,
    withStart: boolean,
    dropped: Uint8Array,
    named: readonly string[] | null,
    protectedNames: readonly string[],
  ): void {
    if (withStart) this.text = keptLines(head, head.methodStart, dropped, named, protectedNames);
    else this.text += keptLines(head, -1, dropped, named, protectedNames);
  }

  add(name: string, value: string): void {
    this.text += name + ': ' + value + '\r\n';
  }

  addAll(lines: OwnLines): void {
    this.text += lines.text;
  }

  hop(name: string, value: string): void {
    this.add(name, value);
  }
}
