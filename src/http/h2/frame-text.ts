import {
  CONTINUATION,
  END_HEADERS,
  END_STREAM,
  GOAWAY,
  HEADERS,
  PING,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './codes.ts';

/** What every client says first (RFC 9113 §3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/**
 * Frames as Latin-1 text, one character a byte: V8 joins texts without copying, and Node writes them without an
 * allocation.
 */
export function frameHead(length: number, type: number, flags: number, streamId: number): string {
  return String.fromCharCode(
    length >>> 16,
    (length >>> 8) & 0xff,
    length & 0xff,
    type,
    flags,
    streamId >>> 24,
    (streamId >>> 16) & 0xff,
    (streamId >>> 8) & 0xff,
    streamId & 0xff,
  );
}

/** A header block as a HEADERS frame and as many of CONTINUATION as it takes. `most`: bytes of one frame's payload. */
export function headersFrames(streamId: number, block: string, ends: boolean, most: number): string {
  const flags = ends ? END_STREAM : 0;
  if (block.length <= most) {
    return frameHead(block.length, HEADERS, flags | END_HEADERS, streamId) + block;
  }
  let text = frameHead(most, HEADERS, flags, streamId) + block.slice(0, most);
  for (let at = most; at < block.length; at += most) {
    const piece = block.slice(at, at + most);
    const last = at + most >= block.length;
    text += frameHead(piece.length, CONTINUATION, last ? END_HEADERS : 0, streamId) + piece;
  }
  return text;
}

export function rstStream(streamId: number, code: number): string {
  return frameHead(4, RST_STREAM, 0, streamId) + uint32(code);
}

export function windowUpdate(streamId: number, increment: number): string {
  return frameHead(4, WINDOW_UPDATE, 0, streamId) + uint32(increment);
}

/** `data`: 8 bytes. */
export function ping(data: string, flags: number): string {
  return frameHead(8, PING, flags, 0) + data;
}

/** `reason`: ASCII, for whoever debugs the other side. */
export function goaway(lastStream: number, code: number, reason: string): string {
  return frameHead(8 + reason.length, GOAWAY, 0, 0) + uint32(lastStream) + uint32(code) + reason;
}

/** `values`: names and values in turn; none and ACK acknowledges the other side's. */
export function settings(values: readonly number[], flags = 0): string {
  let text = frameHead((values.length / 2) * 6, SETTINGS, flags, 0);
  for (let i = 0; i < values.length; i += 2) {
    const name = values[i]!;
    text += String.fromCharCode(name >>> 8, name & 0xff) + uint32(values[i + 1]!);
  }
  return text;
}

function uint32(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
