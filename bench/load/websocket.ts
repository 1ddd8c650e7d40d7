import { fileURLToPath } from 'node:url';
import type { Load } from './load.ts';

const SCRIPT = fileURLToPath(new URL('./websocket-process.ts', import.meta.url));
const CONNECTIONS = 64;
export const MESSAGE_BYTES = 64;

export interface WebSocketTask {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
}

/** A message there and back over each WebSocket, again and again. */
export const websocket: Load = {
  description: `a client in Node over ${CONNECTIONS} connections, ${MESSAGE_BYTES}-byte messages there and back`,
  missing: () => undefined,
  async run(bed, { port }, seconds) {
    const task: WebSocketTask = { port, connections: CONNECTIONS, seconds };
    return JSON.parse(await bed.run(process.execPath, [SCRIPT, JSON.stringify(task)]));
  },
};
