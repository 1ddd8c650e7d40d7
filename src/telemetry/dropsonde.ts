import type { BackwardWriter, TextBytes } from './backward-writer.ts';
import { methodNumber, type StartStop } from './start-stop.ts';
import { type ToldInstance, writeTag, writeUuid } from './told-instance.ts';
import { readUuid } from './uuid-halves.ts';
import { EARLIEST_MS, ValueEnvelope } from './value-envelope.ts';

/**
 * Loggregator's first envelope, as its agent takes it over UDP: protobuf, written by hand because it is five
 * messages of a few fields that will not change any more (docs/compatibility.md §6.5, §6.6).
 */
const ORIGIN = 'gorouter';

const HTTP_START_STOP = 4;
const LOG_MESSAGE = 5;
const VALUE_METRIC = 6;
const COUNTER_EVENT = 7;
const STDOUT = 1;
const CLIENT = 1;
const SERVER = 2;
/** Of values that are told again and again; a tag from the bus names some of them. */
const MAX_TEMPLATES = 200;

const COMMA = ',';

/**
 * Makes envelopes, each good for one datagram: one behind the other into the memory of `writer`, which has room for the
 * next. Each method tells whether the envelope fits; if not, nothing is left of it. `now`: Unix milliseconds.
 */
export class Envelopes {
  readonly #writer: BackwardWriter;
  readonly #values = new Map<string, ValueEnvelope>();
  readonly #uuid = new Uint32Array(4);

  constructor(writer: BackwardWriter) {
    this.#writer = writer;
  }

  /** A line of the access log for its application's log stream. @param message UTF-8 @param sourceInstance the router's index */
  logMessage(instance: ToldInstance, message: TextBytes, sourceInstance: string, now: number): boolean {
    const writer = this.#writer;
    writer.begin();
    writer.fields(instance.tags);
    const { mark } = writer;
    writer.latin1(6, sourceInstance);
    writer.latin1(5, 'RTR');
    writer.text(4, instance.appId);
    writer.nanoseconds(3, now);
    writer.integer(2, STDOUT);
    writer.bytes(1, message);
    return this.#end(LOG_MESSAGE, 8, mark, now);
  }

  valueMetric(name: string, value: number, unit: string, now: number): boolean {
    const made = this.#values.get(name);
    if (made?.suits(unit, now)) return made.write(this.#writer, value, now);
    const fits = this.#valueMetric(name, value, unit, now);
    if (fits && made === undefined && this.#values.size < MAX_TEMPLATES && now >= EARLIEST_MS) {
      this.#values.set(name, new ValueEnvelope(this.#writer.message(), ORIGIN, unit));
    }
    return fits;
  }

  counterEvent(name: string, delta: number, total: number, now: number): boolean {
    const writer = this.#writer;
    writer.begin();
    const { mark } = writer;
    writer.integer(3, total);
    writer.integer(2, delta);
    writer.text(1, name);
    return this.#end(COUNTER_EVENT, 10, mark, now);
  }

  httpStartStop(event: StartStop, now: number): boolean {
    const { instance, trace } = event;
    const writer = this.#writer;
    writer.begin();
    if (trace !== null) {
      writeTag(writer, 'trace_id', trace.traceId);
      writeTag(writer, 'span_id', trace.spanId);
    }
    if (instance !== null) writer.fields(instance.tags);
    const { mark } = writer;
    this.#addresses(event.forwarded);
    if (instance !== null) writer.fields(instance.named);
    writer.integer(10, event.contentLength);
    writer.integer(9, event.status);
    writer.latin1(8, event.userAgent);
    writer.latin1(7, event.remoteAddress);
    writer.latin1(6, event.uri);
    writer.integer(5, methodNumber(event.method));
    writer.integer(4, event.peer === 'client' ? CLIENT : SERVER);
    // An agent takes no event without an id: what is no UUID is all zero.
    readUuid(event.requestId, this.#uuid);
    writeUuid(writer, 3, this.#uuid);
    writer.nanoseconds(2, event.stoppedAt);
    writer.nanoseconds(1, event.startedAt);
    return this.#end(HTTP_START_STOP, 7, mark, now);
  }

  #valueMetric(name: string, value: number, unit: string, now: number): boolean {
    const writer = this.#writer;
    writer.begin();
    const { mark } = writer;
    writer.text(3, unit);
    writer.double(2, value);
    writer.text(1, name);
    return this.#end(VALUE_METRIC, 9, mark, now);
  }

  /** Field 15 for each of a list. */
  #addresses(forwarded: string): void {
    if (forwarded === '') return;
    if (!forwarded.includes(COMMA)) {
      this.#writer.latin1(15, forwarded.trim());
      return;
    }
    for (const address of forwarded.split(COMMA).reverse()) this.#writer.latin1(15, address.trim());
  }

  #end(type: number, field: number, mark: number, now: number): boolean {
    const writer = this.#writer;
    writer.nest(field, mark);
    writer.nanoseconds(6, now);
    writer.integer(2, type);
    writer.latin1(1, ORIGIN);
    return writer.done();
  }
}
