import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { RunningProxy } from '../contender.ts';
import { connectionsByThread } from '../epoll-sets.ts';
import type { Outcome, Site, SpreadScenario } from '../scenario.ts';
import { spread } from '../statistics.ts';
import { HOST } from '../target.ts';

/** One attempt after the other: a spread by chance would not be even in all of them. */
export async function runSpread(
  scenario: SpreadScenario,
  { length, progress }: Site,
  proxies: ReadonlyMap<string, RunningProxy>,
): Promise<Outcome> {
  const { connections, entrants } = scenario;
  const [{ daemon, port }] = proxies.values().toArray() as [RunningProxy];
  const threads = entrants[0]!.threads!;
  const most: number[] = [];
  for (let attempt = 0; attempt < length.rounds; attempt++) {
    const sockets: Socket[] = [];
    for (let count = 0; count < connections; count++) sockets.push(await ask(port));
    most.push(Math.max(...connectionsByThread(daemon.pid, port)));
    for (const socket of sockets) socket.end();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
  }
  progress(
    `most connections on one of ${threads} threads: ${most.join(' ')}`,
    length.rounds * length.seconds,
  );
  return {
    unit: 'connection',
    conditions: `${connections} connections opened one after the other, a request on each, ${length.rounds} times`,
    rows: [],
    checks: [
      {
        what: `the most on one thread of ${threads}, the worst of ${length.rounds} times`,
        value: { ...spread(most), median: Math.max(...most) },
        most: connections / threads + 1,
        unit: 'connections',
      },
    ],
    notes: [],
  };
}

/** A connection that has been answered once. */
async function ask(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await once(socket, 'data');
  socket.resume();
  return socket;
}
