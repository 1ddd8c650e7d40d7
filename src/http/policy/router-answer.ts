import { type Page, render } from '../template/render.ts';
import type { Template } from '../template/template.ts';
import { type ResponseRewrite, rewrittenLines } from './response-rewrite.ts';
import { type Answer, answer, plainAnswer, type RouterError, statusText } from './router-error.ts';

export interface AnswerSettings {
  /** `html_error_template_file`; `null`: plain text. */
  readonly errorPage: Template | null;
  readonly responseRewrite: ResponseRewrite | null;
  /** `cellgate.proxy_status`: whether errors say what went wrong in the words of RFC 9209 too. */
  readonly proxyStatus: boolean;
}

/** An answer of the router as the configuration wants it to look (docs/compatibility.md §3.2). */
export function routerAnswer(
  error: RouterError,
  requestId: string,
  httpDate: string,
  { errorPage, responseRewrite }: Omit<AnswerSettings, 'proxyStatus'>,
): Answer {
  const page = errorPage !== null && isOwnError(error) ? pageOf(errorPage, error, requestId, httpDate) : null;
  const usual = page ?? plainAnswer(error, requestId, httpDate);
  return responseRewrite === null ? usual : { ...usual, lines: rewrittenLines(usual.lines, responseRewrite) };
}

/** gorouter shows and logs these as its own; of endpoints' failures, large heads and panics it speaks plainly. */
export function isOwnError({ status, routerError, bare }: RouterError): boolean {
  return status >= 400 && bare !== true && !/^(?:endpoint_failure|router_exhausted) /.test(routerError);
}

/** `null` when the template cannot be rendered: plain text is better than nothing. */
function pageOf(template: Template, error: RouterError, requestId: string, httpDate: string): Answer | null {
  const headers = new Map([
    ['cache-control', error.cacheControl],
    ['x-cf-routererror', error.routerError],
    ['x-vcap-request-id', requestId],
  ]);
  const page: Page = {
    Status: error.status,
    StatusText: statusText(error.status),
    Message: error.message,
    headers,
  };
  const body = render(template, page);
  return body === null ? null : answer(error, 'text/html; charset=utf-8', requestId, httpDate, body);
}
