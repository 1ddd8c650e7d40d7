import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { type TestContext, test } from 'vitest';
import { HttpEngine } from '../support/http-engine.ts';

/** One request of a client. */
interface Sent {
  readonly length: number;
  readonly chunked: boolean;
  /** Bytes of each write. */
  readonly splits: readonly number[];
}

const sent = fc.record({
  length: fc.oneof(fc.constant(0), fc.nat({ max: 300 }), fc.integer({ min: 10_000, max: 200_000 })),
  chunked: fc.boolean(),
  splits: fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 6 }),
});

/** Answers with what the request was: its name, and a digest of its body. */
async function echo(t: TestContext): Promise<number> {
  const server = createServer((request, response) => {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => response.end(`${request.headers['x-name']} ${hash.digest('hex')}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function bytesOf(name: string, body: Buffer, chunked: boolean): Buffer {
  const head = `POST / HTTP/1.1\r\nHost: app.test\r\nX-Name: ${name}\r\n`;
  if (!chunked) return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]);
  const chunk =
    body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
  return Buffer.concat([
    Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`),
    ...chunk,
    Buffer.from('0\r\n\r\n'),
  ]);
}

test('clients whose bytes are read into the same memory get answers to what each has sent, however it comes in pieces', async (t) => {
  const port = await echo(t);
  const engine = await HttpEngine.start(t);
  engine.route('app.test', port);
  let clients = 0;
  const converse = async (requests: readonly Sent[]): Promise<void> => {
    const number = clients++;
    const client = await engine.connect();
    const wanted = requests.map(({ length }, index) => {
      const body = Buffer.alloc(length, `client ${number} request ${index} `);
      return { name: `${number}-${index}`, body };
    });
    const stream = Buffer.concat(
      wanted.map(({ name, body }, index) => bytesOf(name, body, requests[index]!.chunked)),
    );
    const splits = requests.flatMap((request) => request.splits);
    const writing = (async () => {
      let at = 0;
      for (const split of splits) {
        if (at >= stream.length) break;
        if (!client.socket.write(stream.subarray(at, at + split))) await once(client.socket, 'drain');
        at += split;
        await new Promise(setImmediate);
      }
      client.send(stream.subarray(at));
    })();
    for (const { name, body } of wanted) {
      const digest = createHash('sha256').update(body).digest('hex');
      assert.equal((await client.response()).body, `${name} ${digest}`);
    }
    await writing;
    client.socket.destroy();
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(sent, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
      async (conversations) => {
        await Promise.all(conversations.map(converse));
      },
    ),
    { numRuns: 60 },
  );
  await engine.isEmpty();
  assert.equal(engine.panics, 0);
});
