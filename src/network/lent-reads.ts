import type { Socket } from 'node:net';

export interface LentReads {
  /** So much was read into it. It must not throw; where it answers false, nothing more is read. */
  onRead(count: number, buffer: Uint8Array): boolean;
  /** For the next read; `null`: the one of before. */
  nextBuffer(): Buffer | null;
}

/** What Node itself sets where it is asked for `onread` (lib/net.js). */
interface Door {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

/** Of sockets of one Node all the same. `undefined`: not looked for yet; `null`: this Node has it no more. */
let door: Door | null | undefined;

/**
 * Has what a socket receives read into memory that is there, in place of `data` events with memory of their own: those
 * allocate 64 KiB for each read, which is a twentieth of what a small request costs, and most of what is collected. Node has
 * it as `onread` of sockets that it connects, and no public way for accepted ones. What was put back into the socket before
 * comes as `data` all the same. Answers whether there is a way: where not, all does.
 */
export function readInto(socket: Socket, first: Buffer, { onRead, nextBuffer }: LentReads): boolean {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null };
  // One that has closed says nothing of others.
  if (handle === null) return false;
  if (door === undefined) door = findDoor(socket);
  if (door === null) return false;
  const own = socket as unknown as Record<symbol, unknown>;
  own[door.buffer] = first;
  own[door.callback] = onRead;
  own[door.generator] = nextBuffer;
  handle.useUserBuffer(first);
  return true;
}

interface Handle {
  useUserBuffer(buffer: Buffer): void;
}

function findDoor(socket: Socket): Door | null {
  const symbols = Object.getOwnPropertySymbols(socket);
  const find = (name: string) => symbols.find(({ description }) => description === name);
  const [buffer, callback, generator] = [find('kBuffer'), find('kBufferCb'), find('kBufferGen')];
  const handle = Reflect.get(socket, '_handle') as Partial<Handle> | null;
  if (buffer === undefined || callback === undefined || generator === undefined) return null;
  return typeof handle?.useUserBuffer === 'function' ? { buffer, callback, generator } : null;
}
