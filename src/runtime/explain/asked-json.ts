import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';
import type { AskedRequest } from '../../http/explain/asked-request.ts';

/** No end of a line: it would be another line. */
const ONE_LINE = /^[^\r\n\0]*$/;
const line = z.string().max(8192).regex(ONE_LINE, 'allowed: one line');
const word = z
  .string()
  .max(8192)
  .regex(/^[!-ÿ]+$/, 'allowed: no blanks and no ends of lines');

const ASKED = z.strictObject({
  method: word.default('GET'),
  target: word,
  host: line,
  // An empty one would end the head.
  lines: z.array(line.min(1, 'allowed: NAME: VALUE')).max(100).default([]),
  client_ip: z.union([z.ipv4(), z.ipv6()], 'allowed: an address').default('127.0.0.1'),
  tls: z.boolean().default(false),
  server_name: line.default(''),
  /** A router's id, or `all`; empty: the one that is asked. */
  at: z.string().max(128).default(''),
});

export interface AskedAt extends AskedRequest {
  readonly at: string;
}

/** A text: which field is wrong, and how. */
export function readAskedAt(body: Readonly<Record<string, unknown>>): AskedAt | string {
  const read = ASKED.safeParse(body);
  if (!read.success) {
    return bodyFault(read.error);
  }
  const { client_ip: clientIp, server_name: serverName, ...rest } = read.data;
  return { ...rest, clientIp, serverName };
}

export function askedJson({ clientIp, serverName, ...rest }: AskedAt): object {
  return { ...rest, client_ip: clientIp, server_name: serverName };
}
