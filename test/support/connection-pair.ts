import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type ServerOpts, type Socket } from 'node:net';
import type { TestContext } from 'vitest';

interface ConnectionPair {
  readonly client: Socket;
  readonly accepted: Socket;
}

/** Both ends of a connection on loopback, which the test's end closes. `allowHalfOpen`: of both. */
export async function connectionPair(t: TestContext, options: ServerOpts = {}): Promise<ConnectionPair> {
  const { allowHalfOpen = false } = options;
  const server = createServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  t.onTestFinished(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });
  return { client, accepted };
}
