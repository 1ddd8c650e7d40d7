import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Text up to which Node writes without allocating for it (`StreamBase::WriteString`), in bytes. */
export const AT_ONCE_BYTES = 16 * 1024;

/** What `net` itself calls (lib/internal/stream_base_commons.js). */
interface Handle {
  /** Answers 0: the kernel has taken all; another number: what is wrong; else the request that goes on with the rest. */
  writeLatin1String: (request: null, text: string) => unknown;
}

/** `undefined`: not looked yet; then whether this Node's handles make requests themselves, and only where one is needed. */
let isOpen: boolean | undefined;

/**
 * Writes Latin-1 text, of which the kernel nearly always takes all: with the same system call as `socket.write`, without what a
 * stream does around it (decision 0046). Whatever else comes of it, Node is told as of a write of its own. Where it has no such
 * way, over TLS, and behind what waits already, this is `socket.write`.
 */
export function writeAtOnce(socket: Socket, text: string): void {
  const handle = isOpen === false ? null : handleFor(socket, text);
  if (handle === null) {
    socket.write(text, 'latin1');
    return;
  }
  if (isOpen === undefined) {
    lookInto(socket, handle, text);
    return;
  }
  const outcome = handle.writeLatin1String(null, text);
  if (outcome === 0 || writeBy(socket, handle, text, () => outcome)) return;
  // It went another way: rather no connection than one on which bytes come twice.
  socket.destroy();
}

function handleFor(socket: Socket, text: string): Handle | null {
  if (text.length > AT_ONCE_BYTES || socket.writableLength > 0 || socket.writableCorked > 0) return null;
  if (!socket.writable || socket.connecting || socket instanceof TLSSocket) return null;
  return (socket as unknown as { _handle?: Handle | null })._handle ?? null;
}

/** Sees how Node writes. */
function lookInto(socket: Socket, handle: Handle, text: string): void {
  writeBy(socket, handle, text, (request) => {
    isOpen = request === null;
    return handle.writeLatin1String(request, text);
  });
}

/** Has Node write the text, with `step` in the place of what it calls. Answers whether it was called. */
function writeBy(socket: Socket, handle: Handle, text: string, step: (request: null) => unknown): boolean {
  let isCalled = false;
  handle.writeLatin1String = (request) => {
    isCalled = true;
    Reflect.deleteProperty(handle, 'writeLatin1String');
    return step(request);
  };
  socket.write(text, 'latin1');
  if (!isCalled) Reflect.deleteProperty(handle, 'writeLatin1String');
  return isCalled;
}
