import { once } from 'node:events';
import { createServer } from 'node:net';

/** Given out: whoever got one may not listen there yet. */
const given = new Set<number>();

/** This one, if nobody has it, else another. */
export async function portLike(wished: number): Promise<number> {
  let port = given.has(wished) ? 0 : await freeAt(wished);
  while (port === 0 || given.has(port)) port = await freeAt(0);
  given.add(port);
  return port;
}

/** The port that can be had there; 0: somebody has it. */
async function freeAt(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return 0;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
