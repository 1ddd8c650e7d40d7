import type { Socket } from 'node:net';

const NOTHING = Buffer.alloc(0);
/** Behind this the kernel asks the peer; one that has closed resets once its own kernel has forgotten the connection, in a minute. */
const PROBE_MS = 15_000;

/**
 * For a peer that has ended its side: nothing is read any more that could tell whether it is there, and that the connection
 * was reset hears only who writes. To be called again and again; `error` follows where nobody is there.
 *
 * @param raw the TCP connection: to write nothing through TLS does not get there
 */
export function askWhetherThere(raw: Socket): void {
  raw.setKeepAlive(true, PROBE_MS);
  // With something on its way that is the question already.
  if (raw.writableLength === 0) raw.write(NOTHING);
}
