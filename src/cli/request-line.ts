import { textOf } from './answer-fields.ts';

/** What a router tells of a request that has ended. It may be of another version, and lack or have anything. */
export interface ToldRequest {
  readonly status?: unknown;
  readonly took?: unknown;
  readonly host?: unknown;
  readonly line?: unknown;
  readonly instance?: unknown;
  readonly endpoint?: unknown;
  readonly routerError?: unknown;
}

/** In the columns of a line: what was asked, who answered, and how. */
export function requestColumns(request: ToldRequest): string[] {
  const { status, took, host, line, instance, endpoint, routerError } = request;
  return [
    String(Number(status)),
    `${Number(took).toFixed(1)} ms`.padStart(10),
    textOf(host),
    textOf(line),
    `-> ${textOf(instance) || textOf(endpoint) || 'nobody'}`,
    ...(textOf(routerError) === '' ? [] : [textOf(routerError)]),
  ];
}
