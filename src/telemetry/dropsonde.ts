import { BackwardWriter } from './backward-writer.ts';
import { methodNumber, type StartStop, type UuidHalves, uuidHalves } from './start-stop.ts';

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
/** An agent takes no event without an id. */
const NIL: UuidHalves = [0, 0, 0, 0];

type Tags = Readonly<Record<string, string>>;

export interface AppLine {
  readonly appId: string;
  /** UTF-8 spelled in Latin-1. */
  readonly message: string;
  /** The router's index. */
  readonly sourceInstance: string;
  readonly tags: Tags | null;
}

/** Makes envelopes, each good for one datagram; `null` when it would be too long for one. `now`: Unix milliseconds. */
export class Envelopes {
  readonly #writer = new BackwardWriter();

  /** A line of the access log for its application's log stream. */
  logMessage({ appId, message, sourceInstance, tags }: AppLine, now: number): Buffer | null {
    const mark = this.#begin(tags);
    const writer = this.#writer;
    writer.text(6, sourceInstance);
    writer.text(5, 'RTR');
    writer.text(4, appId);
    writer.nanoseconds(3, now);
    writer.integer(2, STDOUT);
    writer.latin1(1, message);
    return this.#end(LOG_MESSAGE, 8, mark, now);
  }

  valueMetric(name: string, value: number, unit: string, now: number): Buffer | null {
    const mark = this.#begin(null);
    const writer = this.#writer;
    writer.text(3, unit);
    writer.double(2, value);
    writer.text(1, name);
    return this.#end(VALUE_METRIC, 9, mark, now);
  }

  counterEvent(name: string, delta: number, total: number, now: number): Buffer | null {
    const mark = this.#begin(null);
    const writer = this.#writer;
    writer.integer(3, total);
    writer.integer(2, delta);
    writer.text(1, name);
    return this.#end(COUNTER_EVENT, 10, mark, now);
  }

  httpStartStop(event: StartStop, now: number): Buffer | null {
    const { instance, trace } = event;
    const mark = this.#begin(instance?.tags ?? null, trace);
    const writer = this.#writer;
    if (event.forwarded !== '') {
      const addresses = event.forwarded.split(',');
      for (const address of addresses.reverse()) writer.latin1(15, address.trim());
    }
    if (instance !== null) {
      if (instance.id !== '') writer.text(14, instance.id);
      if (INDEX.test(instance.index)) writer.integer(13, Number(instance.index));
      const app = uuidHalves(instance.appId);
      if (app !== null) this.#uuid(12, app);
    }
    writer.integer(10, event.contentLength);
    writer.integer(9, event.status);
    writer.latin1(8, event.userAgent);
    writer.latin1(7, event.remoteAddress);
    writer.latin1(6, event.uri);
    writer.integer(5, methodNumber(event.method));
    writer.integer(4, event.peer === 'client' ? CLIENT : SERVER);
    this.#uuid(3, uuidHalves(event.requestId) ?? NIL);
    writer.nanoseconds(2, event.stoppedAt);
    writer.nanoseconds(1, event.startedAt);
    return this.#end(HTTP_START_STOP, 7, mark, now);
  }

  #begin(tags: Tags | null, trace: StartStop['trace'] = null): number {
    this.#writer.begin();
    if (trace !== null) {
      this.#tag('trace_id', trace.traceId);
      this.#tag('span_id', trace.spanId);
    }
    for (const [key, value] of Object.entries(tags ?? {}).reverse()) this.#tag(key, value);
    return this.#writer.mark;
  }

  #tag(key: string, value: string): void {
    const { mark } = this.#writer;
    this.#writer.text(2, value);
    this.#writer.text(1, key);
    this.#writer.nest(17, mark);
  }

  #uuid(field: number, halves: UuidHalves): void {
    const { mark } = this.#writer;
    this.#writer.integer64(2, halves[2], halves[3]);
    this.#writer.integer64(1, halves[0], halves[1]);
    this.#writer.nest(field, mark);
  }

  #end(type: number, field: number, mark: number, now: number): Buffer | null {
    const writer = this.#writer;
    writer.nest(field, mark);
    writer.nanoseconds(6, now);
    writer.integer(2, type);
    writer.text(1, ORIGIN);
    return writer.done();
  }
}

/** What an instance index of the protocol's 32 bits may be. */
const INDEX = /^\d{1,9}$/;
