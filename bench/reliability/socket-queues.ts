import { readFileSync } from 'node:fs';

/** What the kernel holds for one end of a TCP connection, in bytes. */
export interface Queues {
  /** Written by the process and not yet acknowledged by the other end. */
  readonly unsent: number;
  /** Arrived and not yet read by the process. */
  readonly unread: number;
}

/** By `<local port>:<remote port>`, of all IPv4 connections of this machine. */
export function socketQueues(): Map<string, Queues> {
  return parseSocketQueues(readFileSync('/proc/net/tcp', 'latin1'));
}

/** `text` is that of /proc/net/tcp, see proc(5); its numbers are hexadecimal. */
export function parseSocketQueues(text: string): Map<string, Queues> {
  const found = new Map<string, Queues>();
  const line =
    /^ *\d+: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:([0-9A-F]{4}) 01 ([0-9A-F]{8}):([0-9A-F]{8}) /gm;
  for (const [, local, remote, unsent, unread] of text.matchAll(line)) {
    found.set(`${hex(local)}:${hex(remote)}`, { unsent: hex(unsent), unread: hex(unread) });
  }
  return found;
}

function hex(digits: string | undefined): number {
  return Number.parseInt(digits!, 16);
}
