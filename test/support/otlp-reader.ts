type Kind = 'text' | 'hex' | 'int' | 'fixed64' | 'fixed32' | 'double' | 'doubles' | 'fixed64s' | Shape;

/** By field number: its name in OTLP/JSON, what it holds, and whether there may be many. */
interface Shape {
  readonly [field: number]: readonly [name: string, kind: Kind, many?: 'many'];
}

const VALUE: Shape = { 1: ['stringValue', 'text'], 3: ['intValue', 'int'], 4: ['doubleValue', 'double'] };
const ATTRIBUTE: Shape = { 1: ['key', 'text'], 2: ['value', VALUE] };
const RESOURCE: Shape = { 1: ['attributes', ATTRIBUTE, 'many'], 2: ['droppedAttributesCount', 'int'] };
const SCOPE: Shape = { 1: ['name', 'text'], 2: ['version', 'text'] };
const SPAN: Shape = {
  1: ['traceId', 'hex'],
  2: ['spanId', 'hex'],
  4: ['parentSpanId', 'hex'],
  5: ['name', 'text'],
  6: ['kind', 'int'],
  7: ['startTimeUnixNano', 'fixed64'],
  8: ['endTimeUnixNano', 'fixed64'],
  9: ['attributes', ATTRIBUTE, 'many'],
  10: ['droppedAttributesCount', 'int'],
  12: ['droppedEventsCount', 'int'],
  14: ['droppedLinksCount', 'int'],
  15: ['status', { 2: ['message', 'text'], 3: ['code', 'int'] }],
  16: ['flags', 'fixed32'],
};
const POINT: Shape = {
  2: ['startTimeUnixNano', 'fixed64'],
  3: ['timeUnixNano', 'fixed64'],
  4: ['asDouble', 'double'],
  6: ['asInt', 'fixed64'],
  7: ['attributes', ATTRIBUTE, 'many'],
};
const HISTOGRAM_POINT: Shape = {
  2: ['startTimeUnixNano', 'fixed64'],
  3: ['timeUnixNano', 'fixed64'],
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['bucketCounts', 'fixed64s'],
  7: ['explicitBounds', 'doubles'],
  9: ['attributes', ATTRIBUTE, 'many'],
};
const METRIC: Shape = {
  1: ['name', 'text'],
  2: ['description', 'text'],
  3: ['unit', 'text'],
  5: ['gauge', { 1: ['dataPoints', POINT, 'many'] }],
  7: [
    'sum',
    { 1: ['dataPoints', POINT, 'many'], 2: ['aggregationTemporality', 'int'], 3: ['isMonotonic', 'int'] },
  ],
  9: ['histogram', { 1: ['dataPoints', HISTOGRAM_POINT, 'many'], 2: ['aggregationTemporality', 'int'] }],
};
/** opentelemetry/proto, collector/trace/v1 and collector/metrics/v1: requests. */
export const TRACES: Shape = {
  1: [
    'resourceSpans',
    {
      1: ['resource', RESOURCE],
      2: ['scopeSpans', { 1: ['scope', SCOPE], 2: ['spans', SPAN, 'many'] }, 'many'],
    },
    'many',
  ],
};
export const METRICS: Shape = {
  1: [
    'resourceMetrics',
    {
      1: ['resource', RESOURCE],
      2: ['scopeMetrics', { 1: ['scope', SCOPE], 2: ['metrics', METRIC, 'many'] }, 'many'],
    },
    'many',
  ],
};

export type Message = Record<string, unknown>;

/** A message of OTLP in protobuf, as OTLP/JSON would have it; knows nothing of how it was written. @throws what is not in the shape */
export function readOtlp(bytes: Buffer, shape: Shape): Message {
  const message: Message = {};
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  };
  const sized = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = shape[tag >> 3];
    if (field === undefined) throw new Error(`field ${tag >> 3} is unknown`);
    const [name, kind, many] = field;
    let value: unknown;
    if ((tag & 7) === 0) value = varint();
    else if ((tag & 7) === 1) value = fixed(sized(8), kind);
    else if ((tag & 7) === 5) value = sized(4).readUInt32LE();
    else value = part(sized(varint()), kind);
    message[name] = many ? [...((message[name] ?? []) as unknown[]), value] : value;
  }
  return message;
}

function fixed(bytes: Buffer, kind: Kind): unknown {
  return kind === 'double' ? bytes.readDoubleLE() : bytes.readBigUInt64LE().toString();
}

function part(bytes: Buffer, kind: Kind): unknown {
  if (kind === 'text') return bytes.toString();
  if (kind === 'hex') return bytes.toString('hex');
  const eights = Array.from({ length: bytes.length / 8 }, (_, i) => bytes.subarray(i * 8, i * 8 + 8));
  if (kind === 'doubles') return eights.map((each) => each.readDoubleLE());
  if (kind === 'fixed64s') return eights.map((each) => each.readBigUInt64LE().toString());
  return readOtlp(bytes, kind as Shape);
}
