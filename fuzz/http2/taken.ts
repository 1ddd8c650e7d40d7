import { marksIn } from '../crossing/nonce.ts';
import { Origin } from '../socket/origin.ts';
import type { Teardown } from '../socket/teardown.ts';
import { digestOf } from './reading.ts';

/** Of other cases, which nobody asks about any more. */
const MOST_KEPT = 10_000;

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
  origin.answer = ({ start, fields, body }, socket) => {
    taken.add(JSON.stringify([start, fields]), start, body);
    origin.take();
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  };
  return origin.port;
}
