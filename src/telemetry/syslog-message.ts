import { hostname } from 'node:os';
import type { LineBytes } from './line-bytes.ts';

export interface SyslogOptions {
  readonly network: 'udp' | 'udp4' | 'udp6' | 'tcp' | 'tcp4' | 'tcp6';
  readonly host: string;
  readonly port: number;
  /** `logging.syslog` */
  readonly appName: string;
  /** Bytes of a line that are sent; 0 is all. */
  readonly truncate: number;
}

/** Bytes that wait for a peer that does not take them; lines beyond are dropped and counted. */
export const MAX_WAITING_BYTES = 1 << 20;

const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/** A message in the form of RFC 5424 that gorouter sends: one field short of it (docs/compatibility.md §6.6). Latin-1. */
export function syslogMessage(
  line: string | LineBytes,
  at: Date,
  { appName, truncate }: SyslogOptions,
): string {
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const whole = String(line);
  const text = truncate > 0 && whole.length > truncate ? whole.slice(0, truncate) : whole;
  return `<14>1 ${time} ${hostname() || '-'} ${appName} ${process.pid} - ${BYTE_ORDER_MARK}${text}`;
}

/** 0: whichever the name has. */
export function addressFamily(network: SyslogOptions['network']): 0 | 4 | 6 {
  if (network.endsWith('4')) return 4;
  return network.endsWith('6') ? 6 : 0;
}
