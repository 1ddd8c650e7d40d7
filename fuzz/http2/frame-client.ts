import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { endsStream, FrameReader } from '../../test/support/http2-frames.ts';
import { Http2Peer } from '../../test/support/http2-peer.ts';
import { ACK, PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { Part } from '../crossing/part.ts';
import { turn } from '../reader/wire.ts';
import { type Conversation, LAST, writesOf } from './conversation.ts';
import { type ConversationReading, GOES_ON, type StreamReading } from './reading.ts';
import type { Taken } from './taken.ts';

/** For the answer to a request that is whole. */
const ANSWER_MS = 250;
/** For what nobody may ever say anything to. */
const MOMENT_MS = 15;
const STEP_MS = 3;

type Pause = Extract<Part, { kind: 'pause' }>;

/** Says all of a conversation to a reader's port; what comes out behind it stands in `taken`. `patience`: see `judge`. */
export async function converse(
  port: number,
  conversation: Conversation,
  taken: Taken,
  patience: number,
): Promise<ConversationReading> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const peer = new Http2Peer(socket, 'client');
  const writes = writesOf(conversation);
  const pauses = conversation.parts.filter(({ kind }) => kind === 'pause') as Pause[];
  for (const [at, bytes] of writes.entries()) {
    if (at > 0) await passed(pauses[at - 1]!, peer);
    peer.send(bytes);
  }
  const bytes = Buffer.concat(writes);
  const marks = Object.entries(conversation.marks).map(([id, mark]) => [Number(id), mark] as const);
  await settled(peer, endedBy(bytes), patience);
  const streams: Record<number, StreamReading> = {};
  for (const [id, mark] of marks) streams[id] = { took: taken.take(mark), told: toldOf(peer, id) };
  // Whoever has ended the connection before an answer came might have given one.
  const connection = connectionOf(peer);
  peer.close();
  return { streams, connection, wrongs: peer.wrongs };
}

/** Until the next turn, or until something is heard, for a moment at most. */
async function passed({ until }: Pause, peer: Http2Peer): Promise<void> {
  if (until === 'turn') return turn();
  const { length } = peer.frames;
  for (let ms = 0; ms < MOMENT_MS && peer.frames.length === length; ms += STEP_MS) await delay(STEP_MS);
}

/** Streams that the client itself has ended. */
function endedBy(bytes: Buffer): number[] {
  const frames = new FrameReader(PREFACE.length).push(bytes);
  return [...new Set(frames.filter(endsStream).map(({ stream }) => stream % 2 ** 31))];
}

async function settled(peer: Http2Peer, ended: readonly number[], patience: number): Promise<void> {
  const began = performance.now();
  const answered = () =>
    peer.of(TYPE.ping, 0).some(({ flags, payload }) => flags & ACK && payload.equals(LAST));
  const isOver = (id: number) => peer.stream(id).end !== 'open';
  let heard = -1;
  while (peer.ended === 'no' && performance.now() - began < ANSWER_MS * patience) {
    if (answered() && ended.every(isOver)) break;
    await delay(STEP_MS);
  }
  // What is not ended may be refused a little later.
  for (let quiet = 0; quiet < MOMENT_MS && peer.ended === 'no'; quiet += STEP_MS) {
    if (peer.frames.length !== heard) quiet = 0;
    heard = peer.frames.length;
    await delay(STEP_MS);
  }
}

function toldOf(peer: Http2Peer, id: number): string {
  const { end } = peer.stream(id);
  if (typeof end === 'object') return `reset ${end.reset}`;
  return end === 'ended' ? (peer.statusOf(id) ?? 'ended') : 'nothing';
}

function connectionOf({ goaway, ended }: Http2Peer): string {
  if (goaway !== null && goaway.code !== 'NO_ERROR') return goaway.code;
  return ended === 'no' ? GOES_ON : 'closed';
}
