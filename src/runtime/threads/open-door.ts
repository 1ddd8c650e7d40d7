import type { Door } from '../../http/connection/client.ts';
import { StartError } from '../settings/start-error.ts';
import type { ProxyWorker } from './proxy-worker.ts';

/** In which a thread has got ready, from its beginning to its ports: milliseconds. */
export const START_LIMIT_MS = 60_000;

/** A port for HTTP that every thread listens on. */
export interface OpenDoor {
  readonly door: Door;
  readonly host: string;
  readonly port: number;
}

/**
 * Has a thread listen there as soon as it has the table; answers the port. Rejects with a system error, or a `StartError`
 * when the thread did not live to do it.
 */
export async function listenOn(worker: ProxyWorker, door: OpenDoor): Promise<number> {
  const answer = worker.answer(['listening', 'listen-failed'], START_LIMIT_MS);
  worker.say({ kind: 'listen', ...door });
  const message = await answer;
  if (message === 'exit') throw new StartError('a proxy thread ended as soon as it started');
  if (message === 'late') throw new StartError('a proxy thread did not get ready');
  if (message.kind === 'listening') return message.port;
  throw Object.assign(new Error(message.message), { code: message.code });
}
