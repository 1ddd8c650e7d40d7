/**
 * Loggregator's first envelope, as its agent takes it over UDP: protobuf, written by hand because it is four
 * messages of a few fields that will not change any more (gorouter.md §6.5, §6.6).
 */
const ORIGIN = 'gorouter';
/** Protobuf's wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const LOG_MESSAGE = 5;
const VALUE_METRIC = 6;
const COUNTER_EVENT = 7;
const STDOUT = 1;

export interface AppLine {
  readonly appId: string;
  /** UTF-8, which Go's agent insists on for names only. */
  readonly message: Buffer;
  /** The router's index. */
  readonly sourceInstance: string;
  readonly tags: Readonly<Record<string, string>> | null;
}

/** A line of the access log for its application's log stream. `now`: Unix nanoseconds. */
export function logMessage({ appId, message, sourceInstance, tags }: AppLine, now: bigint): Buffer {
  const body = [
    bytes(1, message),
    number(2, STDOUT),
    number(3, now),
    text(4, appId),
    text(5, 'RTR'),
    text(6, sourceInstance),
  ];
  return envelope(LOG_MESSAGE, 8, body, now, tags);
}

export function valueMetric(name: string, value: number, unit: string, now: bigint): Buffer {
  return envelope(VALUE_METRIC, 9, [text(1, name), double(2, value), text(3, unit)], now, null);
}

export function counterEvent(name: string, delta: number, total: number, now: bigint): Buffer {
  const body = [text(1, name), number(2, BigInt(delta)), number(3, BigInt(total))];
  return envelope(COUNTER_EVENT, 10, body, now, null);
}

function envelope(
  type: number,
  field: number,
  body: readonly Buffer[],
  now: bigint,
  tags: Readonly<Record<string, string>> | null,
): Buffer {
  const entries = Object.entries(tags ?? {}).map(([key, value]) =>
    bytes(17, Buffer.concat([text(1, key), text(2, value)])),
  );
  return Buffer.concat([
    text(1, ORIGIN),
    number(2, type),
    number(6, now),
    bytes(field, Buffer.concat(body)),
    ...entries,
  ]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | BYTES)), varint(BigInt(value.length)), value]);
}

function number(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | VARINT)), varint(BigInt(value))]);
}

function double(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return Buffer.concat([varint(BigInt((field << 3) | FIXED64)), buffer]);
}

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Buffer.from(out);
}
