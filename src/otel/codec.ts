import type { Span } from '../telemetry/span.ts';
import type { Origin } from './origin.ts';
import { readableSpan } from './readable-span.ts';
import type { Reading } from './reading.ts';
import { resourceMetrics } from './resource-metrics.ts';
import type { ExportSettings } from './settings.ts';

/** What the collector has not taken of a request that it has answered with success. */
export interface Rejection {
  readonly count: number;
  /** The collector's own words. */
  readonly reason: string;
}

/** How a signal is written and its answers are read. */
export interface Codec<Item> {
  readonly contentType: string;
  encode(items: readonly Item[]): Uint8Array;
  /** `null`: all was taken. */
  rejection(answer: Uint8Array): Rejection | null;
}

type Encoding = ExportSettings['encoding'];

const CONTENT_TYPES = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;
const EMPTY = new Uint8Array();

/** The library is loaded by routers that export alone. */
export async function spanCodec(encoding: Encoding, origin: Origin): Promise<Codec<Span>> {
  const library = await import('@opentelemetry/otlp-transformer');
  const serializer = encoding === 'json' ? library.JsonTraceSerializer : library.ProtobufTraceSerializer;
  return {
    contentType: CONTENT_TYPES[encoding],
    encode: (spans) => serializer.serializeRequest(spans.map((span) => readableSpan(span, origin))) ?? EMPTY,
    rejection: (answer) =>
      rejectionOf(() => {
        const { rejectedSpans, errorMessage } = serializer.deserializeResponse(answer).partialSuccess ?? {};
        return [rejectedSpans, errorMessage];
      }),
  };
}

/** @param since when counting began, Unix milliseconds @param clock Unix milliseconds */
export async function metricCodec(
  encoding: Encoding,
  origin: Origin,
  since: number,
  clock: () => number,
): Promise<Codec<Reading>> {
  const library = await import('@opentelemetry/otlp-transformer');
  const serializer = encoding === 'json' ? library.JsonMetricsSerializer : library.ProtobufMetricsSerializer;
  return {
    contentType: CONTENT_TYPES[encoding],
    encode: (readings) =>
      serializer.serializeRequest(resourceMetrics(readings, origin, since, clock())) ?? EMPTY,
    rejection: (answer) =>
      rejectionOf(() => {
        const { rejectedDataPoints, errorMessage } =
          serializer.deserializeResponse(answer).partialSuccess ?? {};
        return [rejectedDataPoints, errorMessage];
      }),
  };
}

/** An answer that cannot be read says nothing against a success. */
function rejectionOf(read: () => readonly [count: unknown, reason: unknown]): Rejection | null {
  try {
    const [said, reason] = read();
    // JSON has numbers of 64 bits as text.
    const count = Number(said ?? 0) || 0;
    return count > 0 || reason ? { count, reason: String(reason ?? '') } : null;
  } catch {
    return null;
  }
}
