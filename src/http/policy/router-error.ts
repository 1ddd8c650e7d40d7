import type { Fault } from '../message/fault.ts';
import { type OwnLines, ownLines } from '../message/own-lines.ts';

/** The types of RFC 9209 §2.3 that this router has a use for; none is made up. */
export type ProxyError =
  | 'dns_error'
  | 'destination_not_found'
  | 'destination_unavailable'
  | 'destination_ip_unroutable'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'connection_limit_reached'
  | 'tls_protocol_error'
  | 'tls_certificate_error'
  | 'tls_alert_received'
  | 'http_request_error'
  | 'http_request_denied'
  | 'http_response_incomplete'
  | 'http_response_header_section_size'
  | 'http_response_timeout'
  | 'http_upgrade_failed'
  | 'http_protocol_error'
  | 'proxy_internal_error'
  | 'proxy_loop_detected';

/** An answer the router gives itself (docs/compatibility.md §3.2, §3.3). */
export interface RouterError {
  readonly status: number;
  /** Value of X-Cf-RouterError; empty sends none. */
  readonly routerError: string;
  readonly message: string;
  readonly cacheControl: string;
  /** Has no body. */
  readonly bare?: true;
  /** For Proxy-Status; without it a 4xx is `http_request_error`, and anything above `http_request_denied`. */
  readonly proxyError?: ProxyError;
  /** Names and values in turn of further lines. */
  readonly more?: readonly string[];
}

/** A whole response of the router's own, but for its Connection line. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly lines: OwnLines;
  /** One character a byte. */
  readonly body: string;
}

const BRIEFLY = 'public,max-age=2';
const NEVER = 'no-cache, no-store';

export const EMPTY_HOST: RouterError = {
  status: 400,
  routerError: 'empty_host',
  message: 'Request had empty Host header',
  cacheControl: BRIEFLY,
};

export function unknownRoute(host: string): RouterError {
  return {
    status: 404,
    routerError: 'unknown_route',
    message: `Requested route ('${host}') does not exist.`,
    cacheControl: NEVER,
    proxyError: 'destination_not_found',
  };
}

export function noEndpoints(host: string): RouterError {
  return {
    status: 503,
    routerError: 'no_endpoints',
    message: `Requested route ('${host}') has no available endpoints.`,
    cacheControl: BRIEFLY,
    proxyError: 'destination_unavailable',
  };
}

/** `status`: of `failureStatus`. Only a 502 says more than its status text (docs/compatibility.md §2.6). */
export function endpointFailure(
  cause: string,
  status = 502,
  proxyError: ProxyError = 'destination_unavailable',
): RouterError {
  return {
    proxyError,
    status,
    routerError: `endpoint_failure (${cause})`,
    message: status === 502 ? 'Registered endpoint failed to handle the request.' : '',
    cacheControl: '',
  };
}

export const INVALID_APP_INSTANCE: RouterError = {
  status: 400,
  routerError: 'invalid_cf_app_instance_header',
  message: 'Invalid X-CF-App-Instance Header',
  cacheControl: NEVER,
};

export const INVALID_PROCESS_INSTANCE: RouterError = {
  status: 400,
  routerError: 'invalid_cf_process_instance_header',
  message: 'Invalid X-CF-Process-Instance Header',
  cacheControl: NEVER,
};

export function unknownAppInstance(host: string, guid: string, index: string): RouterError {
  return noSuchInstance(`Requested instance ('${index}') with guid ('${guid}')`, host);
}

/** `index` empty: any was asked for. */
export function unknownProcessInstance(host: string, guid: string, index: string): RouterError {
  const which = index === '' ? 'Requested instance' : `Requested instance ('${index}')`;
  return noSuchInstance(`${which} with process guid ('${guid}')`, host);
}

function noSuchInstance(what: string, host: string): RouterError {
  return {
    status: 400,
    routerError: 'unknown_route',
    message: `${what} does not exist for route ('${host}')`,
    cacheControl: NEVER,
    proxyError: 'destination_not_found',
  };
}

export function connectionLimitReached(host: string): RouterError {
  return {
    status: 503,
    routerError: 'Connection Limit Reached',
    message: `Requested route ('${host}') has reached the connection limit.`,
    cacheControl: '',
    proxyError: 'connection_limit_reached',
  };
}

/** The connection's TLS was for another domain than the host's (docs/compatibility.md §3.16): the client may ask over a new one. */
export function misdirected(host: string): RouterError {
  return {
    status: 421,
    routerError: 'misdirected_request',
    message: `Requested route ('${host}') is not to be reached over this connection.`,
    cacheControl: NEVER,
  };
}

/** By which rule, only the log tells. */
export function routePolicyDenied(host: string): RouterError {
  return {
    status: 403,
    routerError: 'route_policy_denied',
    message: `Requested route ('${host}') is not open to this caller.`,
    cacheControl: NEVER,
    proxyError: 'http_request_denied',
  };
}

/** The router itself has run out of something; its backends are not to blame. */
export function routerExhausted(cause: string): RouterError {
  return {
    status: 503,
    routerError: `router_exhausted (${cause})`,
    message: 'The router is out of resources.',
    cacheControl: NEVER,
    proxyError: 'proxy_internal_error',
  };
}

/** Also of §3.3: more header lines or bytes than are allowed. */
export const HEADERS_TOO_LARGE: RouterError = {
  status: 431,
  routerError: 'max-request-size-exceeded',
  message: '',
  cacheControl: '',
  bare: true,
};

/** A fault of the router's own. */
export const UNKNOWN_FAILURE: RouterError = {
  status: 502,
  routerError: 'unknown_failure',
  message: '',
  cacheControl: '',
  proxyError: 'proxy_internal_error',
  bare: true,
};

/** To what is not the HTTP it should be. */
export function refusal({ status, name, detail }: Fault): RouterError {
  return { status, routerError: name, message: `${detail}.`, cacheControl: NEVER };
}

export const FORWARDING_LOOP: RouterError = {
  status: 508,
  routerError: 'forwarding_loop',
  message: 'The request has passed through too many proxies.',
  cacheControl: NEVER,
  proxyError: 'proxy_loop_detected',
};

/** To OPTIONS that goes no further than here. */
export const OPTIONS_OF_THE_ROUTER: RouterError = {
  status: 200,
  routerError: '',
  message: 'This is the router.',
  cacheControl: NEVER,
};

const STATUS_TEXT: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  414: 'Request URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  496: 'SSL Certificate Required',
  499: 'Request Cancelled',
  501: 'Not Implemented',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  508: 'Loop Detected',
  525: 'SSL Handshake Failed',
  526: 'Invalid SSL Certificate',
};

export function statusText(status: number): string {
  return STATUS_TEXT[status] ?? '';
}

/** `requestId` empty leaves that header out. */
export function plainAnswer(error: RouterError, requestId: string, httpDate: string): Answer {
  if (error.bare === true) return answer(error, '', requestId, httpDate, '');
  const more = error.message === '' ? '' : `: ${error.message}`;
  const body = `${error.status} ${statusText(error.status)}${more}\n`;
  return answer(error, 'text/plain; charset=utf-8', requestId, httpDate, body);
}

/** The whole response in HTTP/1.1, to whom nothing more is answered on a connection. */
export function lastAnswer(error: RouterError, httpDate: string): string {
  const { status, reason, lines, body } = plainAnswer(error, '', httpDate);
  // RFC 9110 §15.5.6 wants the methods there are.
  const allow = status === 405 ? `Allow: ${ALLOWED_METHODS}\r\n` : '';
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.text}${allow}Connection: close\r\n\r\n${body}`;
}

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

export function answer(
  { status, cacheControl, routerError, more = [] }: RouterError,
  contentType: string,
  requestId: string,
  httpDate: string,
  body: string,
): Answer {
  const fields: string[] = [];
  if (cacheControl !== '') fields.push('Cache-Control', cacheControl);
  if (contentType !== '') fields.push('Content-Type', contentType);
  if (routerError !== '') fields.push('X-Cf-RouterError', routerError);
  if (contentType !== '') fields.push('X-Content-Type-Options', 'nosniff');
  if (requestId !== '') fields.push('X-Vcap-Request-Id', requestId);
  fields.push(...more);
  fields.push('Date', httpDate, 'Content-Length', String(body.length));
  return { status, reason: statusText(status), lines: ownLines(...fields), body };
}
