import { Client } from 'undici';
import type { AdminAddress } from './admin-address.ts';
import { printable } from './printable.ts';

export type AdminReply =
  | { readonly kind: 'answer'; readonly value: Readonly<Record<string, unknown>> }
  | AdminFailure;

export interface AdminFailure {
  readonly kind: 'failure';
  /** One sentence, with what to do next. */
  readonly sentence: string;
  /** All that the router answered; null: it is none that answers. */
  readonly value: Readonly<Record<string, unknown>> | null;
}

const CONNECT_TIMEOUT = 5_000;
/** Of the head of an answer, and of each pause in it. Milliseconds. */
const PATIENCE = 30_000;
/** Characters. */
const LONGEST_ANSWER = 64 << 20;

const UNTRUSTED = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT_ALTNAME)/;

/** What a command says that nobody has told which router to ask. */
export const NO_ROUTER =
  'no router of this user runs here: start one with "cellgate", or name one with --admin URL';

/** Asks a router's admin address, if there is one; never rejects. @param path with its query */
export async function askAdmin(
  address: AdminAddress | null,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: object | null = null,
): Promise<AdminReply> {
  if (address === null) return failure(NO_ROUTER);
  const client = clientOf(address);
  try {
    const response = await client.request({
      method,
      path,
      headers: {
        ...headersFor(address),
        ...(body !== null && { 'Content-Type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
    });
    return replyOf(response.statusCode, await textOf(response.body), address);
  } catch (error) {
    return failure(unreachable(address, error as NodeJS.ErrnoException));
  } finally {
    await client.destroy();
  }
}

/**
 * Asks for what may be long, and hands it on as it comes; never rejects, as `consume` must not.
 * @param consume answers when it has had all, or wants no more
 */
export async function readAdmin<T>(
  address: AdminAddress | null,
  path: string,
  consume: (pieces: AsyncIterable<Buffer>) => Promise<T>,
): Promise<{ readonly kind: 'read'; readonly value: T } | AdminFailure> {
  if (address === null) return failure(NO_ROUTER);
  const client = clientOf(address);
  const broken: { error: NodeJS.ErrnoException | null } = { error: null };
  try {
    const headers = headersFor(address);
    const { statusCode, body } = await client.request({ method: 'GET', path, headers });
    if (statusCode !== 200) {
      const reply = replyOf(statusCode, await textOf(body), address);
      return reply.kind === 'failure' ? reply : failure(foreign(statusCode, address));
    }
    const value = await consume(noting(body, broken));
    if (broken.error === null) return { kind: 'read', value };
    return failure(`the answer of ${nameOf(address)} broke off (${broken.error.code}): ask again`);
  } catch (error) {
    return failure(unreachable(address, error as NodeJS.ErrnoException));
  } finally {
    await client.destroy();
  }
}

/** Ends where the connection does, and leaves there why. */
async function* noting(
  body: AsyncIterable<Buffer>,
  broken: { error: NodeJS.ErrnoException | null },
): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    broken.error = error as NodeJS.ErrnoException;
  }
}

function headersFor(address: AdminAddress): Record<string, string> {
  const token = address.kind === 'url' ? address.token : null;
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

function clientOf(address: AdminAddress): Client {
  const times = { headersTimeout: PATIENCE, bodyTimeout: PATIENCE };
  const connect = { timeout: CONNECT_TIMEOUT };
  return address.kind === 'socket'
    ? new Client('http://localhost', { ...times, connect: { ...connect, socketPath: address.path } })
    : new Client(address.url, { ...times, connect });
}

/** Empty: it is longer than any answer of a router. */
async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > LONGEST_ANSWER) return '';
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function replyOf(status: number, text: string, address: AdminAddress): AdminReply {
  const value = objectOf(text);
  if (value !== null && status === 200) return { kind: 'answer', value };
  const { detail, hint } = value ?? {};
  if (typeof detail === 'string' && typeof hint === 'string') {
    return failure(`${printable(detail)}: ${printable(hint)}`, value);
  }
  return failure(foreign(status, address));
}

function foreign(status: number, address: AdminAddress): string {
  return `what answers at ${nameOf(address)} is no admin address of Cellgate (status ${status}): name another with --admin URL`;
}

function failure(sentence: string, value: AdminFailure['value'] = null): AdminFailure {
  return { kind: 'failure', sentence, value };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function unreachable(address: AdminAddress, { code = '', name, message }: NodeJS.ErrnoException): string {
  const at = nameOf(address);
  if (UNTRUSTED.test(code)) {
    return `the certificate at ${at} is not to be trusted (${code}): set NODE_EXTRA_CA_CERTS to the file of its authority, and ask by a name in it`;
  }
  if (code === 'EACCES')
    return `${at} may not be opened by this user: ask as the user that the router runs as`;
  if (code.startsWith('ERR_SSL_')) {
    return `what answers at ${at} speaks no TLS (${printable(code)}): name another with --admin URL, with http:// where there is none`;
  }
  if (name === 'HTTPParserError') {
    return `what answers at ${at} speaks no HTTP: name another with --admin URL, with https:// where there is TLS`;
  }
  const cause = code || message;
  return `nobody answers at ${at} (${printable(cause)}): start a router with "cellgate", or name another with --admin URL`;
}

function nameOf(address: AdminAddress): string {
  return address.kind === 'socket' ? `unix:${address.path}` : address.url;
}
