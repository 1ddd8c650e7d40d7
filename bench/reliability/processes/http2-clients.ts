/** Clients on HTTP/2 without TLS: idle ones, and ones that abuse it. */
import { connect } from 'node:net';
import { encode, type Fields, indexed, remembered } from '../../../test/support/hpack.ts';
import {
  ACK,
  asking,
  data,
  frame,
  headers,
  RawHttp2,
  resetStream,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../../../test/support/raw-http2.ts';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';

/** A flood that the router does not end is given up after so many seconds. */
const PATIENCE = 10;
const TICK_MS = 5;

interface Opening {
  readonly port: number;
  /** Addresses to connect from, in turn. */
  readonly from: readonly string[];
  readonly count: number;
  /** How many ask at the same time. */
  readonly atOnce: number;
}

interface Idle {
  readonly client: RawHttp2;
  streams: number;
}

/** What is sent on stream `1 + 2 * index`, or again and again. */
interface Flood {
  readonly first?: Buffer;
  next(index: number): Buffer;
}

/** How a flood ended. */
export interface Ended {
  /** Milliseconds until the connection was closed; `null`: it was not. */
  readonly after: number | null;
  readonly frames: number;
}

const get = (path: string, more: Fields = []): Fields => asking({ ':authority': HOST, ':path': path }, more);
const upload = headers(1, asking({ ':authority': HOST, ':path': '/upload/x', ':method': 'POST' }), 0);
/** Some 900 KB when unpacked. */
const bomb = Buffer.concat([
  encode(get('/late/x/1000')),
  remembered('x-bomb', 'y'.repeat(3900)),
  ...Array.from({ length: 230 }, () => indexed(62)),
]);

const FLOODS = {
  'rapid reset': {
    next: (i) => Buffer.concat([headers(1 + 2 * i, get('/late/x/1000')), resetStream(1 + 2 * i)]),
  },
  CONTINUATION: {
    first: frame(TYPE.headers, 0, 1, encode(get('/'))),
    next: () => frame(TYPE.continuation, 0, 1, encode([['x-more', 'y']])),
  },
  SETTINGS: { next: () => settings() },
  'ACKs of SETTINGS': { next: () => frame(TYPE.settings, ACK, 0) },
  PING: { next: () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)) },
  PRIORITY: {
    next: (i) => frame(TYPE.priority, 0, 1 + 2 * i, Buffer.concat([uint32(0), Buffer.from([1])])),
  },
  WINDOW_UPDATE: { next: () => windowUpdate(0, 1) },
  'empty DATA': { first: upload, next: () => data(1, '') },
  'HPACK bombs': { next: (i) => headers(1 + 2 * i, bomb) },
  'malformed requests': { next: (i) => headers(1 + 2 * i, get('/', [['connection', 'x']])) },
} as const satisfies Record<string, Flood>;

export type FloodName = keyof typeof FLOODS;
export const FLOOD_NAMES = Object.keys(FLOODS) as readonly FloodName[];

const idle: Idle[] = [];

const calls = {
  open({ port, from, count, atOnce }: Opening): Promise<Faults> {
    return askEach(count, atOnce, (index) => {
      const localAddress = from[index % from.length]!;
      const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true });
      const each = { client: RawHttp2.over(socket).greet(), streams: 0 };
      idle.push(each);
      return each;
    });
  },

  /** Asks over every connection there should be. */
  askAgain(atOnce: number): Promise<Faults> {
    return askEach(idle.length, atOnce, (index) => idle[index]!);
  },

  close(): void {
    for (const { client } of idle.splice(0)) client.close();
  },

  /** One connection, flooded at this rate until the router closes it. */
  async flood({
    port,
    kind,
    perSecond,
  }: {
    port: number;
    kind: FloodName;
    perSecond: number;
  }): Promise<Ended> {
    const { first, next }: Flood = FLOODS[kind];
    const client = await RawHttp2.connect(port);
    const begun = monotonic();
    if (first !== undefined) client.send(first);
    let frames = 0;
    const timer = setInterval(() => {
      if (client.socket.writableNeedDrain) return;
      const due = Math.min(((monotonic() - begun) / 1000) * perSecond, frames + perSecond / 20);
      const batch: Buffer[] = [];
      while (frames < due) batch.push(next(frames++));
      client.send(...batch);
    }, TICK_MS);
    const givenUp = Promise.withResolvers<void>();
    const patience = setTimeout(givenUp.resolve, PATIENCE * 1000);
    await Promise.race([client.closed, givenUp.promise]);
    clearInterval(timer);
    clearTimeout(patience);
    const after = client.isClosed ? monotonic() - begun : null;
    client.close();
    return { after, frames };
  },
};
export type Http2ClientsCalls = typeof calls;
answerCalls(calls);

async function askEach(count: number, atOnce: number, clientAt: (index: number) => Idle): Promise<Faults> {
  const faults = new FaultCount();
  let next = 0;
  const lane = async () => {
    while (next < count) await ask(clientAt(next++)).catch((error) => faults.add(error));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return faults.faults;
}

async function ask(each: Idle): Promise<void> {
  const id = 1 + 2 * each.streams++;
  const token = nextToken();
  const outcome = await each.client.ask(id, get(`/echo/${token}`));
  const { body } = each.client.stream(id);
  if (outcome !== '200') throw new Error(outcome);
  if (body !== token) throw new Error('wrong body');
}
