import { X_FORWARDED_FOR } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';

/** The client's address behind whatever lists came along, lines in their order; gorouter trusts and strips none of it. */
export function forwardedFor(head: Head, request: Request, clientIp: string): string {
  if (request.forwardedFor === ABSENT) return clientIp;
  let list = '';
  for (let line = request.forwardedFor; line < head.count; line++) {
    if (head.id(line) === X_FORWARDED_FOR) list += `${head.value(line)}, `;
  }
  return list + clientIp;
}

/** Reference §3.5. An empty header counts as absent. */
export function forwardedProto(
  head: Head,
  request: Request,
  scheme: 'http' | 'https',
  settings: { readonly forceForwardedProtoHttps: boolean; readonly sanitizeForwardedProto: boolean },
): string {
  if (settings.forceForwardedProtoHttps) return 'https';
  if (settings.sanitizeForwardedProto || request.forwardedProto === ABSENT) return scheme;
  return head.value(request.forwardedProto) || scheme;
}
