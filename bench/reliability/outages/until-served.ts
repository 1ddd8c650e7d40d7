import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import { AskingConnection } from '../asking-connection.ts';
import type { Asked } from '../processes/witnesses.ts';

const PATIENCE_MS = 30_000;

/** Resolves when every host has a good answer. @throws CannotStart when it takes too long */
export async function untilServed(port: number, asked: readonly Asked[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (const { host } of asked) {
    for (let answer = await ask(port, host); answer !== '200'; answer = await ask(port, host)) {
      if (performance.now() > deadline) throw new CannotStart(`${host} is not served: ${answer}`);
      await delay(50);
    }
  }
}

/** The status of the answer, or why there was none. */
async function ask(port: number, host: string): Promise<string> {
  const connection = new AskingConnection(port, () => {});
  try {
    const { status } = await connection.ask(`GET /now/0/first HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return String(status);
  } catch (error) {
    return (error as Error).message;
  } finally {
    connection.close();
  }
}
