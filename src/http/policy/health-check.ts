import type { Head } from '../message/head.ts';
import { ownLines } from '../message/own-lines.ts';
import { ABSENT, type Request } from '../message/request.ts';
import { type ResponseRewrite, rewrittenLines } from './response-rewrite.ts';
import { type Answer, statusText } from './router-error.ts';

/** Whether a load balancer asks for this router itself, at whatever host and path (docs/compatibility.md §3.15). */
export function isHealthCheck(head: Head, request: Request, userAgent: string): boolean {
  return userAgent !== '' && request.userAgent !== ABSENT && head.valueIs(request.userAgent, userAgent);
}

export function healthAnswer(healthy: boolean, httpDate: string, rewrite: ResponseRewrite | null): Answer {
  const body = healthy ? 'ok\n' : '';
  const lines = ownLines(
    ...['Cache-Control', 'private, max-age=0'],
    ...['Expires', '0'],
    ...['Date', httpDate],
    ...['Content-Length', String(body.length)],
  );
  const status = healthy ? 200 : 503;
  const reason = statusText(status);
  return { status, reason, lines: rewrite === null ? lines : rewrittenLines(lines, rewrite), body };
}
