import { marksIn } from '../crossing/nonce.ts';
import { Origin } from '../socket/origin.ts';
import type { Teardown } from '../socket/teardown.ts';
import { digestOf } from './reading.ts';

/** Of other cases, which nobody asks about any more. */
const MOST_KEPT = 10_000;
/** Of responses. */
const LENGTHS = [0, 0, 1, 300, 9000, 16_383];

/** Requests that came out behind a reader, whole, by the mark that they carry. */
export class Taken {
  readonly #byMark = new Map<string, string>();

  /** `where`: what may hold the mark. */
  add(where: string, start: string, body: string): void {
    const [mark = ''] = marksIn(where);
    const before = this.#byMark.get(mark);
    const request = `${start} ${digestOf(body)}`;
    this.#byMark.set(mark, before === undefined ? request : `${before} and ${request}`);
    if (this.#byMark.size > MOST_KEPT) this.#byMark.clear();
  }

  take(mark: string): string | null {
    const taken = this.#byMark.get(mark) ?? null;
    this.#byMark.delete(mark);
    return taken;
  }
}

/** A server of HTTP/1.1 behind a proxy; answers its port. */
export async function startOrigin(teardown: Teardown, taken: Taken): Promise<number> {
  const origin = await Origin.start(teardown);
  origin.answer = ({ start, fields, body: sent }, socket) => {
    taken.add(JSON.stringify([start, fields]), start, sent);
    origin.take();
    const length = lengthFor(start);
    const body = start.startsWith('HEAD ') ? '' : 'x'.repeat(length);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`);
  };
  return origin.port;
}

/** All together no more than the first window of a connection. */
function lengthFor(start: string): number {
  let hash = 0;
  for (const byte of Buffer.from(start, 'latin1')) hash = (hash * 31 + byte) >>> 0;
  return LENGTHS[hash % LENGTHS.length]!;
}
