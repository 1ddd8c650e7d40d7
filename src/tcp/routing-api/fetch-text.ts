import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';

export interface Call
  extends Pick<RequestOptions, 'method' | 'headers' | 'ca' | 'cert' | 'key' | 'rejectUnauthorized'> {
  readonly body?: string;
  /** Milliseconds without a byte. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** The API answered with a status that is no success. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: number;

  constructor(what: string, status: number) {
    super(`${what} answered ${status}`);
    this.status = status;
  }
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Resolves with the head of a successful answer. @throws {StatusError | Error} what failed, never a secret */
export function open(url: string, { body, ...options }: Call): Promise<IncomingMessage> {
  const { host, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? tlsRequest : plainRequest;
    const request = send(url, { ...options, agent: false }, (response) => {
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) {
        resolve(response);
        return;
      }
      response.destroy();
      reject(new StatusError(`${host}${pathname}`, statusCode));
    });
    request.on('timeout', () => request.destroy(new Error(`${host}${pathname} did not answer in time`)));
    request.on('error', reject);
    request.end(body);
  });
}

/** The whole body of a successful answer. */
export async function fetchText(url: string, call: Call): Promise<string> {
  const response = await open(url, call);
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new Error(`${new URL(url).host} answered more than 64 MiB`);
  }
  return text;
}
