import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What the threads of a process wait for: the descriptors in each of its epoll sets. */
export interface Descriptors {
  /** Socket inodes by descriptor. */
  readonly sockets: ReadonlyMap<number, string>;
  /** The text of /proc/<pid>/fdinfo of each epoll descriptor. */
  readonly epolls: readonly string[];
}

/** Of IPv4, and of sockets that take both. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/** Inodes of the established connections to a local port: the text of one of `TABLES`. */
export function parseConnections(text: string, port: number): Set<string> {
  const inodes = new Set<string>();
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(suffix) && fields[3] === '01') inodes.add(fields[9]!);
  }
  return inodes;
}

/** How many of the sockets are in each epoll set that has any. */
export function countByEpoll({ sockets, epolls }: Descriptors, wanted: ReadonlySet<string>): number[] {
  const counts = epolls.map((text) => {
    const descriptors = text.matchAll(/^tfd:\s*(\d+)/gm).map(([, descriptor]) => Number(descriptor));
    return [...descriptors].filter((descriptor) => wanted.has(sockets.get(descriptor) ?? '')).length;
  });
  return counts.filter((count) => count > 0);
}

/** Connections to a port of the process, by the thread that serves them. */
export function connectionsByThread(pid: number, port: number): number[] {
  const wanted = new Set(
    TABLES.filter((path) => existsSync(path)).flatMap((path) => [
      ...parseConnections(readFileSync(path, 'utf8'), port),
    ]),
  );
  const sockets = new Map<number, string>();
  const epolls: string[] = [];
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) sockets.set(Number(descriptor), inode);
      if (target === 'anon_inode:[eventpoll]') {
        epolls.push(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'));
      }
    } catch {
      // Closed since the listing.
    }
  }
  return countByEpoll({ sockets, epolls }, wanted);
}
