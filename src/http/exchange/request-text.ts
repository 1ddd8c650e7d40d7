import { wallTime } from '../../time/wall-clock.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import { requestHead } from '../policy/request-lines.ts';
import type { HttpSettings } from '../settings.ts';
import type { Decision } from './decision.ts';

/** A request's head as the endpoint tried last gets it. */
export function requestText(
  { head, request, upgradeTo }: Downstream,
  { forwardedLines, clientCert, signed, redirection }: Decision,
  { trace, receivedAt, requestId, texts }: Account,
  { protectedNames }: HttpSettings,
  keepAlive: boolean,
): string {
  return requestHead(head, request, {
    forwardedLines,
    trace,
    dropsClientCert: clientCert.drops,
    requestStart: String(Math.floor(wallTime(receivedAt))),
    requestId,
    endpointLines: texts!.headerLines,
    keepAlive,
    upgradeTo,
    protectedNames,
    signed,
    redirection,
  });
}
