import type { Endpoint } from '../../routing/endpoint.ts';
import { wallTime } from '../../time/wall-clock.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import type { Head } from '../message/head.ts';
import { ABSENT } from '../message/request.ts';
import type { Response } from '../message/response.ts';
import { responseLines } from '../policy/response-lines.ts';
import { rewritten, routingHeaders } from '../policy/response-rewrite.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { HttpSettings } from '../settings.ts';
import type { EndpointChoice } from './endpoint-choice.ts';

/** The status line and lines of the response of the endpoint tried last, as the client gets them, without framing. */
export function responseText(
  head: Head,
  response: Response,
  downstream: Downstream,
  choice: EndpointChoice,
  { requestId, texts }: Account,
  context: ProxyContext,
): string {
  const { endpoint } = texts!;
  let lines = responseLines(head, response, requestId, response.hasDate ? '' : context.httpDate);
  if (choice.isSticky(response.setsCookies))
    lines += choice.sessionLines(head, endpoint, wallTime(context.now));
  return finished(lines, downstream, endpoint, context.settings);
}

/** As the configuration wants them: nearly always as they are. */
function finished(
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
