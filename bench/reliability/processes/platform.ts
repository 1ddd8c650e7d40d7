/** The agents of a large platform: what they say on the bus, at the rate they say it, over a socket of its own. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import { registration } from '../platform-message.ts';

export interface Saying {
  readonly verb: 'register' | 'unregister';
  /** Instances, from the first of them to the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Messages; as fast as the bus takes them when 0. */
  readonly perSecond: number;
  /** Again and again from the first on, until `stop`. */
  readonly endless?: boolean;
  /** What is in the messages but the same for all: another one makes every instance new. */
  readonly generation?: number;
}

/** Messages written at once. */
const BATCH = 200;
const TICK_MS = 5;

let socket: Socket;
let startedAt = 0;
let state: 'saying' | 'stopping' = 'saying';

const calls = {
  async connect(port: number): Promise<void> {
    socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'data');
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (text.includes('PING')) socket.write('PONG\r\n');
    });
    socket.write('CONNECT {"verbose":false,"pedantic":false,"name":"platform"}\r\n');
  },

  /** What is said whenever a router starts; resolves when there is someone to say it. */
  async awaitStart(what: Saying): Promise<void> {
    const all = Buffer.concat(framesOf(what));
    socket.on('data', (text: string) => {
      if (!text.includes('MSG router.start')) return;
      startedAt = monotonic();
      socket.write(all);
    });
    socket.write('SUB router.start 1\r\nPING\r\n');
    await once(socket, 'data');
  },

  /** When the last router said that it starts. */
  startedAt(): number {
    return startedAt;
  },

  /** Resolves with the messages said, once the bus has taken them, and the seconds that took. */
  async say(what: Saying): Promise<{ messages: number; seconds: number }> {
    state = 'saying';
    const frames = framesOf(what);
    const begun = monotonic();
    let said = 0;
    while (state === 'saying' && (what.endless || said < frames.length)) {
      const due =
        what.perSecond === 0 ? said + BATCH : Math.floor(((monotonic() - begun) * what.perSecond) / 1000);
      const batch: Buffer[] = [];
      for (; said < due && (what.endless || said < frames.length); said++) {
        batch.push(frames[said % frames.length]!);
      }
      if (batch.length > 0 && !socket.write(Buffer.concat(batch))) await once(socket, 'drain');
      else if (what.perSecond > 0) await delay(TICK_MS);
    }
    return { messages: said, seconds: (monotonic() - begun) / 1000 };
  },

  publish({ verb, message }: { verb: 'register' | 'unregister'; message: object }): void {
    const payload = JSON.stringify(message);
    socket.write(`PUB router.${verb} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  },

  stop(): void {
    state = 'stopping';
  },
};
export type PlatformCalls = typeof calls;
answerCalls(calls);

function framesOf({ verb, from, to, generation = 0 }: Saying): Buffer[] {
  const frames: Buffer[] = [];
  for (let instance = from; instance < to; instance++) {
    const payload = JSON.stringify(registration(instance, generation));
    frames.push(Buffer.from(`PUB router.${verb} ${payload.length}\r\n${payload}\r\n`));
  }
  return frames;
}
