import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Reading, ReadMessage } from './reading.ts';
import { pairs, type Sketch } from './sketch.ts';
import { Wire } from './wire.ts';

interface Open {
  readonly wire: Wire;
  readonly messages: Sketch[];
  why: string | null;
}

/** Reads requests as a `node:http` server does, which is with llhttp; no sockets. */
export class LlhttpServer {
  readonly #server: Server;
  readonly #open = new Map<unknown, Open>();

  /** `lenient`: with `insecureHTTPParser`. */
  constructor(lenient: boolean) {
    this.#server = createServer({ insecureHTTPParser: lenient, maxHeaderSize: 1024 * 1024 });
    // Beyond this Node drops header lines without a word.
    this.#server.maxHeadersCount = 0;
    const onRequest = (request: IncomingMessage) => this.#onRequest(request);
    for (const event of ['request', 'checkContinue', 'checkExpectation']) this.#server.on(event, onRequest);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, wire: unknown) => {
      this.#open.get(wire)!.why = error.code ?? error.message;
    });
  }

  /** Starts reading; the answer is ready a turn later. */
  begin(bytes: string): () => Reading {
    const wire = new Wire();
    const open: Open = { wire, messages: [], why: null };
    this.#open.set(wire, open);
    this.#server.emit('connection', wire);
    wire.push(Buffer.from(bytes, 'latin1'));
    return () => this.#end(open);
  }

  #onRequest(request: IncomingMessage): void {
    const sketch: Sketch = {
      start: `${request.method} ${request.url}`,
      fields: pairs(request.rawHeaders),
      body: '',
      trailers: [],
      complete: false,
    };
    this.#open.get(request.socket)?.messages.push(sketch);
    request.on('data', (data: Buffer) => {
      sketch.body += data.toString('latin1');
    });
    request.on('end', () => {
      sketch.complete = request.complete;
      sketch.trailers = pairs(request.rawTrailers);
    });
    request.on('error', () => {});
  }

  #end({ wire, messages, why }: Open): Reading {
    this.#open.delete(wire);
    wire.destroy();
    const complete = messages.every((message: ReadMessage) => message.complete);
    if (why !== null) return { messages, end: 'refused', why };
    return { messages, end: complete ? 'whole' : 'unfinished', why: '' };
  }
}
