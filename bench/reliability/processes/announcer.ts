/** The agents of a platform whose endpoints come, change and go: heartbeats at a fixed rate, and changes among them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import type { Word } from '../moves/bystanders.ts';

const TICK_MS = 5;

let socket: Socket;
let received = '';
const flushes: ((at: number) => void)[] = [];
/** Heartbeats, and where each stands. */
const frames: Buffer[] = [];
const keys: string[] = [];
const places = new Map<string, number>();
let next = 0;
let said = 0;
let begun = 0;
let timer: NodeJS.Timeout;

const calls = {
  async connect(port: number): Promise<void> {
    socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'data');
    socket.setEncoding('latin1').on('data', onText);
    socket.write('CONNECT {"verbose":false,"pedantic":false,"name":"announcer"}\r\n');
  },

  /** From now on so many messages a second, changes included. */
  start(perSecond: number): void {
    begun = monotonic();
    said = 0;
    timer = setInterval(() => beat(perSecond), TICK_MS);
  },

  /** Messages said since the start, and the seconds that took. */
  rate(): { messages: number; seconds: number } {
    return { messages: said, seconds: (monotonic() - begun) / 1000 };
  },

  stop(): void {
    clearInterval(timer);
  },

  say(words: readonly Word[]): void {
    for (const word of words) speak(word);
  },

  /** The same; resolves with the time before, and that at which the bus had handed all of it on. */
  async tell(words: readonly Word[]): Promise<{ saidAt: number; flushedAt: number }> {
    const saidAt = monotonic();
    for (const word of words) speak(word);
    const { promise, resolve } = Promise.withResolvers<number>();
    flushes.push(resolve);
    socket.write('PING\r\n');
    return { saidAt, flushedAt: await promise };
  },
};
export type AnnouncerCalls = typeof calls;
answerCalls(calls);

function onText(text: string): void {
  const lines = (received + text).split('\r\n');
  received = lines.pop()!;
  for (const line of lines) {
    if (line === 'PONG') flushes.shift()?.(monotonic());
    else if (line === 'PING') socket.write('PONG\r\n');
    else if (line.startsWith('-ERR')) throw new Error(`the bus says ${line}`);
  }
}

function speak(word: Word): void {
  const { verb, key } = word;
  if (verb === 'register') {
    const frame = frameOf(verb, word.message);
    keep(word.key, frame);
    put(frame);
    return;
  }
  if (key !== undefined) drop(key);
  if (verb === 'unregister') put(frameOf(verb, word.message));
}

function frameOf(verb: string, message: object): Buffer {
  const payload = JSON.stringify(message);
  return Buffer.from(`PUB router.${verb} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
}

function put(frame: Buffer): void {
  socket.write(frame);
  said++;
}

function keep(key: string, frame: Buffer): void {
  const place = places.get(key) ?? frames.length;
  places.set(key, place);
  keys[place] = key;
  frames[place] = frame;
}

/** The last takes its place. */
function drop(key: string): void {
  const place = places.get(key);
  if (place === undefined) return;
  places.delete(key);
  const [lastKey, lastFrame] = [keys.pop()!, frames.pop()!];
  if (lastKey === key) return;
  places.set(lastKey, place);
  keys[place] = lastKey;
  frames[place] = lastFrame;
}

function beat(perSecond: number): void {
  const due = Math.floor(((monotonic() - begun) * perSecond) / 1000);
  const batch: Buffer[] = [];
  for (; said < due && frames.length > 0; said++) {
    if (next >= frames.length) next = 0;
    batch.push(frames[next++]!);
  }
  if (batch.length > 0) socket.write(Buffer.concat(batch));
}
