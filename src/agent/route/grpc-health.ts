/** Of the standard health service, by its numbers. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** A flag for compression and the length. */
const PREFIX_BYTES = 5;
/** Field 1: of the request a text, of the answer a number. */
const TEXT_FIELD = 0x0a;
const NUMBER_FIELD = 0x08;

/** A `HealthCheckRequest` as a gRPC message. @param service at most 127 bytes of it are sent; empty: the server */
export function healthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service).subarray(0, 127);
  const body = name.length === 0 ? [] : [TEXT_FIELD, name.length, ...name];
  return Uint8Array.from([0, 0, 0, 0, body.length, ...body]);
}

/** What a `HealthCheckResponse` says; `UNKNOWN` where it says nothing. */
export function servingStatus(message: Uint8Array): string {
  if (message.length < PREFIX_BYTES) return 'no answer of the health service';
  const [field, value] = message.subarray(PREFIX_BYTES);
  if (field !== NUMBER_FIELD || value === undefined) return STATUSES[0];
  return STATUSES[value] ?? STATUSES[0];
}
