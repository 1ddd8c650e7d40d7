import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import { type ResponseRewrite, rewritten } from './response-rewrite.ts';
import type { Answer } from './router-error.ts';

/** Whether a load balancer asks for this router itself, at whatever host and path (docs/compatibility.md §3.15). */
export function isHealthCheck(head: Head, request: Request, userAgent: string): boolean {
  return userAgent !== '' && request.userAgent !== ABSENT && head.valueIs(request.userAgent, userAgent);
}

export function healthAnswer(healthy: boolean, httpDate: string, rewrite: ResponseRewrite | null): Answer {
  const body = healthy ? 'ok\n' : '';
  const start = healthy ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 503 Service Unavailable';
  const head =
    `${start}\r\nCache-Control: private, max-age=0\r\nExpires: 0\r\n` +
    `Date: ${httpDate}\r\nContent-Length: ${body.length}\r\n`;
  return { head: rewrite === null ? head : rewritten(head, rewrite), body };
}
