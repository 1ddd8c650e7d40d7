import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Reading } from './reading.ts';
import { pairs, type Sketch } from './sketch.ts';
import { Wire } from './wire.ts';

/** How the bytes of a response end. */
export type Ending = 'open' | 'end' | 'reset';

/** Reads the response to one request as `node:http` does for its clients, which is with llhttp; no sockets. */
export class LlhttpClient {
  readonly #lenient: boolean;

  /** `lenient`: with `insecureHTTPParser`. */
  constructor(lenient: boolean) {
    this.#lenient = lenient;
  }

  /** Starts reading; the answer is ready a turn later. */
  begin(bytes: string, method: string, ending: Ending): () => Reading {
    const wire = new Wire();
    const messages: Sketch[] = [];
    let why: string | null = null;
    const asked: ClientRequest = request({
      createConnection: () => wire,
      insecureHTTPParser: this.#lenient,
      maxHeaderSize: 1024 * 1024,
      method,
      headers: { host: 'a' },
    });
    asked.maxHeadersCount = 0;
    asked.on('information', ({ statusCode, rawHeaders }) => {
      const fields = pairs(rawHeaders);
      messages.push({ start: String(statusCode), fields, body: '', trailers: [], complete: true });
    });
    asked.on('response', (response: IncomingMessage) => messages.push(listen(response)));
    asked.on('error', (error: NodeJS.ErrnoException) => {
      why = error.code ?? error.message;
    });
    asked.end();
    wire.push(Buffer.from(bytes, 'latin1'));
    if (ending === 'end') wire.push(null);
    // A turn later, so that what has arrived is read first.
    else if (ending === 'reset') setImmediate(() => wire.destroy(new Error('reset')));
    return () => {
      wire.destroy();
      const last = messages.at(-1);
      // To a reset it says both that there was an error and that the body ended.
      if (last !== undefined && why !== null) last.complete = false;
      if (last?.complete && Number(last.start) >= 200) return { messages, end: 'whole', why: '' };
      const broken = why === null || why === 'ECONNRESET' || why === 'reset';
      return broken ? { messages, end: 'unfinished', why: '' } : { messages, end: 'refused', why: why ?? '' };
    };
  }
}

function listen(response: IncomingMessage): Sketch {
  const sketch: Sketch = {
    start: String(response.statusCode),
    fields: pairs(response.rawHeaders),
    body: '',
    trailers: [],
    complete: false,
  };
  response.on('data', (data: Buffer) => {
    sketch.body += data.toString('latin1');
  });
  response.on('end', () => {
    sketch.complete = response.complete;
    sketch.trailers = pairs(response.rawTrailers);
  });
  response.on('error', () => {});
  return sketch;
}
