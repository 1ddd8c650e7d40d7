import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { METRICS, type Message, readOtlp, TRACES } from './otlp-reader.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

export interface CollectorRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As OTLP/JSON has it. */
  readonly message: Message;
}

/** A span as it arrived, its attributes by name. */
export interface ArrivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly flags: number;
  readonly attributes: Record<string, string | number>;
}

/** What becomes of a request; whoever answers nothing leaves it open. */
type Answer = (response: ServerResponse, request: CollectorRequest, number: number) => void;

const TAKEN: Answer = (response) => void response.end();

/** A collector of OpenTelemetry that keeps all it was sent, and answers as it is told to. */
export class OtelCollector {
  readonly requests: CollectorRequest[] = [];
  /** Replace it to change the answers from now on. */
  answer: Answer;
  /** Connections that were opened to it. */
  connections = 0;
  readonly #server: Server;
  readonly #scheme: string;
  #heard: (() => void)[] = [];

  static async start(t: Ending, answer: Answer = TAKEN, tls?: TlsOptions): Promise<OtelCollector> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const collector = new OtelCollector(answer, server as Server, tls === undefined ? 'http' : 'https');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return collector;
  }

  private constructor(answer: Answer, server: Server, scheme: string) {
    this.answer = answer;
    this.#server = server;
    this.#scheme = scheme;
    server.on('connection', () => void this.connections++);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => {
        const { url: path = '', headers } = request;
        const arrived = { path, headers, message: messageOf(Buffer.concat(chunks), path, headers) };
        this.requests.push(arrived);
        this.answer(response, arrived, this.requests.length);
        for (const resolve of this.#heard.splice(0)) resolve();
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Of all requests, in the order in which they came. */
  get spans(): ArrivedSpan[] {
    return this.requests
      .filter(({ message }) => 'resourceSpans' in message)
      .flatMap(({ message }) => message['resourceSpans'] as Message[])
      .flatMap(({ scopeSpans }) => scopeSpans as Message[])
      .flatMap(({ spans }) => spans as Message[])
      .map((span) => ({ ...span, attributes: attributesOf(span) }) as unknown as ArrivedSpan);
  }

  /** Of the last request with metrics, by name. */
  get metrics(): Map<string, Message> {
    const last = this.requests.findLast(({ message }) => 'resourceMetrics' in message)?.message;
    const metrics = ((last?.['resourceMetrics'] ?? []) as Message[])
      .flatMap(({ scopeMetrics }) => scopeMetrics as Message[])
      .flatMap((scope) => scope['metrics'] as Message[]);
    return new Map(metrics.map((metric) => [metric['name'] as string, metric]));
  }

  /** Resolves once `done` holds; looked at whenever a request has come. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }
}

export function attributesOf(holder: Message): Record<string, string | number> {
  const attributes = (holder['attributes'] ?? []) as { key: string; value: object }[];
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function messageOf(body: Buffer, path: string, headers: IncomingHttpHeaders): Message {
  const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  if (headers['content-type'] === 'application/json') return JSON.parse(bytes.toString());
  return readOtlp(bytes, path.includes('metrics') ? METRICS : TRACES);
}
