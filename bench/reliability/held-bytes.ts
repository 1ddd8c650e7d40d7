import type { Sending } from './processes/origin.ts';
import type { Reading } from './processes/slow-readers.ts';
import type { Queues } from './socket-queues.ts';

const NOTHING: Queues = { unsent: 0, unread: 0 };

/** What a proxy itself holds of each object on its way from a backend to a client, in bytes: what it has read and not yet written. */
export function heldBytes(
  sendings: readonly Sending[],
  readings: readonly Reading[],
  queues: ReadonlyMap<string, Queues>,
  proxyPort: number,
): number[] {
  const readers = new Map(readings.map((reading) => [reading.token, reading]));
  return sendings.flatMap(({ token, ports: [local, remote], taken }) => {
    const reader = readers.get(token);
    if (reader === undefined) return [];
    const queue = (from: number, to: number) => queues.get(`${from}:${to}`) ?? NOTHING;
    const read = taken - queue(local, remote).unsent - queue(remote, local).unread;
    const written =
      reader.taken + queue(reader.localPort, proxyPort).unread + queue(proxyPort, reader.localPort).unsent;
    return [read - written];
  });
}
