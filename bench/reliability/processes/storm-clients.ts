/** Clients that go away in the middle of a response, so many a second whatever happens (open loop). */
import { connect } from 'node:net';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';

/** How a client goes away, and what the backend does meanwhile. */
export const MANNERS = ['reset', 'closed', 'closed, silent backend'] as const;
export type Manner = (typeof MANNERS)[number];

/** Milliseconds between two pieces of the response. */
const PIECE_INTERVAL = 100;
const TICK_MS = 5;

export interface Storm {
  readonly left: readonly (readonly [token: string, at: number, manner: Manner])[];
  readonly faults: Faults;
}

const calls = {
  async run({
    port,
    perSecond,
    seconds,
  }: {
    port: number;
    perSecond: number;
    seconds: number;
  }): Promise<Storm> {
    const faults = new FaultCount();
    const left: [token: string, at: number, manner: Manner][] = [];
    const clients: Promise<void>[] = [];
    const count = perSecond * seconds;
    const begun = monotonic();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(count, ((monotonic() - begun) * perSecond) / 1000);
        while (clients.length < due) {
          const manner = MANNERS[clients.length % MANNERS.length]!;
          clients.push(
            comeAndGo(port, manner).then(
              ([token, at]) => void left.push([token, at, manner]),
              (error) => faults.add(error),
            ),
          );
        }
        if (clients.length < count) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
    await Promise.all(clients);
    return { left, faults: faults.faults };
  },
};
export type StormClientsCalls = typeof calls;
answerCalls(calls);

function comeAndGo(port: number, manner: Manner): Promise<[token: string, at: number]> {
  const token = nextToken();
  const interval = manner === 'closed, silent backend' ? 0 : PIECE_INTERVAL;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let received = '';
    socket.write(`GET /stream/${token}/${interval} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      if (!received.includes(`\r\n${token}\n`)) return;
      if (manner === 'reset') socket.resetAndDestroy();
      else socket.destroy();
      resolve([token, monotonic()]);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message)));
    socket.on('close', () => reject(new Error(`no response: ${received.slice(0, 30)}`)));
  });
}
