import { z } from 'zod';
import { flag, list, REQUIRED, text, texts } from './field.ts';
import { anyCount } from './lenient.ts';

/** Headers: which are set, which pass, how many may come. */
export const headerKeys = {
  force_forwarded_proto_https: flag('Whether X-Forwarded-Proto is always `https`.', false),
  sanitize_forwarded_proto: flag("Whether the client's X-Forwarded-Proto is replaced.", false),
  hop_by_hop_headers_to_filter: texts(
    'header names',
    'Headers that a client cannot have removed by naming them in Connection.',
    {
      gorouter: [],
      recommended: [
        'X-Forwarded-For',
        'X-Forwarded-Proto',
        'B3',
        'X-B3',
        'X-B3-SpanID',
        'X-B3-TraceID',
        'X-Request-Start',
        'X-Forwarded-Client-Cert',
      ],
    },
  ),
  max_request_header_bytes: anyCount(
    'Size limit of a request header; 0: what `max_header_bytes` says; more than 1 MiB: 1 MiB.',
    0,
  ),
  max_header_bytes: anyCount('The same, in the words of before 2025; 0: 1 MiB.', 0),
  max_request_headers: anyCount('Most header lines of a request; 0: 1000.', 0),
  max_response_header_bytes: anyCount('Size limit of a response header; 0: 10 MiB.', 0),
  max_response_headers: anyCount('Most header lines of a response; 0: 1000.', 0),
  keep_alive_100_continue_requests: flag(
    'Whether the connection to an endpoint is kept after a request with `Expect: 100-continue`.',
    false,
  ),
  http_rewrite: z.object({
    responses: z.object({
      add_headers_if_not_present: list(
        z.object({
          name: text('A header.', REQUIRED),
          value: text('Its value.', ''),
        }),
        'headers',
        'Headers that responses get which have none of that name.',
        [],
      ),
      remove_headers: list(
        z.object({ name: text('A header.', REQUIRED) }),
        'headers',
        'Headers that are taken out of responses.',
        [],
      ),
    }),
  }),
  tracing: z.object({
    enable_zipkin: flag('Whether requests get B3 headers for tracing.', false),
    enable_w3c: flag('Whether requests get `traceparent` and `tracestate`.', false),
    w3c_tenant_id: text('Tenant in `tracestate`.', ''),
  }),
};
