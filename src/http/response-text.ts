import type { Endpoint } from '../routing/endpoint.ts';
import type { Downstream } from './downstream.ts';
import { ABSENT } from './message/request.ts';
import { rewritten, routingHeaders } from './policy/response-rewrite.ts';
import type { HttpSettings } from './settings.ts';

/** A response's lines as the configuration wants them: nearly always as they are. */
export function finished(
  lines: string,
  { head, request }: Downstream,
  endpoint: Endpoint,
  { traceKey, routerAddress, responseRewrite }: HttpSettings,
): string {
  let text = lines;
  if (request.vcapTrace !== ABSENT && traceKey !== '' && head.valueIs(request.vcapTrace, traceKey)) {
    text = rewritten(text, routingHeaders(routerAddress, endpoint.address));
  }
  return responseRewrite === null ? text : rewritten(text, responseRewrite);
}
