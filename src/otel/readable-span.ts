import type { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Span } from '../telemetry/span.ts';
import { hrDuration, hrTime } from './instants.ts';
import type { Origin } from './origin.ts';

/** What the official serializer takes. */
export type ReadableSpan = Parameters<(typeof JsonTraceSerializer)['serializeRequest']>[0][number];

/** The library's numbers, of which it exports no names that types alone could use. */
const KINDS = { server: 1, client: 2 } as const;
const UNSET = 0;
const ERROR = 2;
const SAMPLED = 1;

export function readableSpan(span: Span, { resource, scope }: Origin): ReadableSpan {
  const { traceId, spanId, parentId, isEntry, kind, name, startedAt, endedAt, failed, attributes } = span;
  const context = { traceId, spanId, traceFlags: SAMPLED };
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(parentId !== '' && {
      parentSpanContext: { traceId, spanId: parentId, traceFlags: SAMPLED, isRemote: isEntry },
    }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrDuration(endedAt - startedAt),
    ended: true,
    status: { code: failed ? ERROR : UNSET },
    attributes,
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: resource as ReadableSpan['resource'],
    instrumentationScope: scope,
  };
}
