import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { basename } from 'node:path';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** TCP_LISTEN. */
const LISTENING = '0A';
const EVERY_ADDRESS = /^0+$/;

/**
 * Who listens on a port of this machine, like `node server.js, process 17`. Null: the system does not say so, as it does
 * not of another user's programs.
 */
export function portHolder(host: string, port: number): string | null {
  const sockets = new Set(TABLES.flatMap((table) => listening(linesOf(table), host, port)));
  if (sockets.size === 0) return null;
  for (const pid of entriesOf('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!entriesOf(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)))) continue;
    return `${programOf(read(`/proc/${pid}/cmdline`).split('\0'))}, process ${pid}`;
  }
  return null;
}

/** Sockets of a table of the kernel that stand in the way of this address, as links to them read. */
export function listening(lines: readonly string[], host: string, port: number): string[] {
  const wanted = isIPv4(host) ? kernelAddress(host) : '';
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', at] = local.split(':');
    if (at !== hexPort || state !== LISTENING) return [];
    const collides = EVERY_ADDRESS.test(wanted || '0') || EVERY_ADDRESS.test(address) || address === wanted;
    return collides ? [`socket:[${inode}]`] : [];
  });
}

/** Of its command line what names it, and nothing that may be a secret. */
export function programOf([program = '', ...args]: readonly string[]): string {
  const name = basename(program);
  const script = args.find((arg) => !arg.startsWith('-'));
  if (!/^node(?:js)?$/.test(name) || script === undefined) return name || 'a program without a name';
  return script.endsWith('/src/main.ts') && script === process.argv[1] ? 'a Cellgate' : `${name} ${script}`;
}

/** As it stands in the tables: the bytes of an IPv4 address from the last to the first. */
function kernelAddress(host: string): string {
  const bytes = host.split('.').map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'));
  return bytes.toReversed().join('');
}

function linesOf(path: string): string[] {
  return read(path).split('\n').slice(1);
}

/** What is gone by now, or another user's, is empty. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
