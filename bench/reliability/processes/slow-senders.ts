/** Clients that take their time over a request, so many at the same time, until the router has had enough. */
import { connect, type Socket } from 'node:net';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';

/** What a client is slow with. */
export const MANNERS = ['head', 'stalled body', 'dripping body'] as const;
export type Manner = (typeof MANNERS)[number];

/** Milliseconds between two bytes. */
const INTERVAL = 1000;
/** Bytes of its body after which a client of a stalled body sends nothing more. */
const STALLED_AFTER = 3;
/** Connections opened per millisecond, so that the storm is not one of SYNs. */
const OPENED_AT_ONCE = 2;

export interface Gone {
  readonly manner: Manner;
  /** Milliseconds from what its deadline counts from to the end of the connection. */
  readonly after: number;
}

export interface SlowRun {
  readonly gone: readonly Gone[];
  /** Statuses of the answers, and connections that ended without one. */
  readonly answers: Faults;
}

const calls = {
  /** Resolves when the last of the connections is gone. */
  async run({ port, count }: { port: number; count: number }): Promise<SlowRun> {
    const answers = new FaultCount();
    const senders: Promise<Gone>[] = [];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        for (let opened = 0; opened < OPENED_AT_ONCE && senders.length < count; opened++) {
          senders.push(sendSlowly(port, MANNERS[senders.length % MANNERS.length]!, answers));
        }
        if (senders.length < count) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    return { gone: await Promise.all(senders), answers: answers.faults };
  },
};
export type SlowSendersCalls = typeof calls;
answerCalls(calls);

function sendSlowly(port: number, manner: Manner, answers: FaultCount): Promise<Gone> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let received = '';
    let since = 0;
    let timer: NodeJS.Timeout | undefined;
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
    });
    socket.on('connect', () => {
      since = monotonic();
      timer = drip(socket, manner, () => {
        if (manner === 'stalled body') since = monotonic();
      });
    });
    const over = () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      answers.add(received.slice(9, 12) || 'no answer');
      resolve({ manner, after: monotonic() - since });
    };
    socket.on('end', over).on('close', over).on('error', over);
  });
}

/** Sends the first of a request now and a byte every second. */
function drip(socket: Socket, manner: Manner, onByte: () => void): NodeJS.Timeout {
  const inHead = manner === 'head';
  const start = `POST /upload/${nextToken()} HTTP/1.1\r\nHost: ${HOST}\r\n`;
  socket.write(inHead ? start : `${start}Content-Length: 1000000\r\n\r\n`);
  if (inHead) socket.write('X-Slow: ');
  let sent = 0;
  return setInterval(() => {
    if (manner === 'stalled body' && sent >= STALLED_AFTER) return;
    sent++;
    onByte();
    socket.write('x');
  }, INTERVAL);
}
