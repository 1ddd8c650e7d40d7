import type { Listener } from './contender.ts';

/** Where a load generator sends its requests. */
export interface Target {
  readonly listener: Listener;
  /** On 127.0.0.1. */
  readonly port: number;
}

/** The one host that every proxy serves. */
export const HOST = 'bench.localhost';

/** As often as the agents of a platform announce each route. */
export const HEARTBEAT_SECONDS = 20;

/** The answer of the origin to `/`: 110 bytes. */
export const BODY = 'The quick brown cell gates the lazy route; '.repeat(3).slice(0, 110);

/** Bytes that the origin answers with, by path. */
export const SIZES: Readonly<Record<string, number>> = {
  '/10k': 10 << 10,
  '/1m': 1 << 20,
  '/16m': 16 << 20,
};

/** Where the origin reads a whole body before it answers. */
export const UPLOAD = '/upload';

/** Where the origin sends this many chunks of 1 KiB, each in a write of its own. */
export const STREAM = '/stream';
export const STREAM_CHUNKS = 16;
