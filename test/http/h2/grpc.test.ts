import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, type TestContext, test } from 'vitest';
import { Authority } from '../../support/certificates.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { frontTlsOf } from '../../support/front-tls.ts';
import { GrpcClient, startGrpcEcho } from '../../support/grpc-echo.ts';
import { HttpEngine } from '../../support/http-engine.ts';

const HTTP2 = { priorKnowledge: true, overTls: true, inClear: true };
const SAN = 'f3a1c7d2-1111-2222-3333-444455556666';
const MIB = 1024 * 1024;

async function platform(t: TestContext): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { http2: HTTP2 });
  const port = await startGrpcEcho(t);
  engine.routeToEndpoint('grpc.test', { host: '127.0.0.1', port, protocol: 'http2' });
  return engine;
}

async function messages(chat: ReturnType<GrpcClient['chat']>, count: number): Promise<string[]> {
  const got: string[] = [];
  return new Promise((resolve, reject) => {
    chat.on('error', reject);
    const onData = (message: Buffer): void => {
      got.push(message.toString());
      if (got.length < count) return;
      chat.off('data', onData);
      chat.off('error', reject);
      resolve(got);
    };
    chat.on('data', onData);
  });
}

describe('§3.12 gRPC through the router', () => {
  test('a unary call, and one that fails with its status and its words', async (t) => {
    const engine = await platform(t);
    const client = new GrpcClient(t, engine.port, 'grpc.test');
    assert.equal(await client.say('hello'), 'hello');
    await assert.rejects(client.say('fail'), (error: ServiceError) => {
      assert.equal(error.code, status.NOT_FOUND);
      assert.equal(error.details, 'no such thing');
      return true;
    });
  });

  test('a message of 3 MiB there and back', async (t) => {
    const engine = await platform(t);
    const client = new GrpcClient(t, engine.port, 'grpc.test');
    const text = 'x'.repeat(3 * MIB);
    assert.equal((await client.say(text)).length, text.length);
  });

  test('both sides speak in turns for as long as they like', async (t) => {
    const engine = await platform(t);
    const chat = new GrpcClient(t, engine.port, 'grpc.test').chat();
    for (const word of ['one', 'two', 'three']) {
      chat.write(Buffer.from(word));
      assert.deepEqual(await messages(chat, 1), [word]);
    }
    chat.end();
    const [end] = await once(chat, 'status');
    assert.equal(end.code, status.OK);
  });

  test('a client that is silent in the middle of a chat is not cut off for it', async (t) => {
    const engine = await HttpEngine.start(t, { http2: HTTP2, requestIdleTimeout: 20 });
    const port = await startGrpcEcho(t);
    engine.routeToEndpoint('grpc.test', { host: '127.0.0.1', port, protocol: 'http2' });
    const chat = new GrpcClient(t, engine.port, 'grpc.test').chat();
    chat.write(Buffer.from('one'));
    await messages(chat, 1);
    // Whatever deadline the silence had armed is due now.
    engine.proxy.context.deadlines.requestIdle.expireDue(Number.POSITIVE_INFINITY);
    chat.write(Buffer.from('two'));
    assert.deepEqual(await messages(chat, 1), ['two']);
    chat.end();
    const [end] = await once(chat, 'status');
    assert.equal(end.code, status.OK);
  });

  test('a call that its client cancels is cancelled at the application', async (t) => {
    const engine = await platform(t);
    const chat = new GrpcClient(t, engine.port, 'grpc.test').chat();
    chat.on('error', () => {});
    chat.write(Buffer.from('one'));
    await messages(chat, 1);
    assert.equal(engine.inFlight, 1);
    chat.cancel();
    await engine.until(() => engine.inFlight === 0);
  });

  test('over TLS on both sides', async (t) => {
    const authority = new Authority();
    const front = authority.issue({ names: 'DNS:grpc.test' });
    const engine = await HttpEngine.start(t, {
      http2: HTTP2,
      backendTls: { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true },
      frontTls: frontTlsOf(front),
    });
    const port = await startGrpcEcho(t, authority.issue({ names: `DNS:${SAN}` }));
    engine.routeToEndpoint('grpc.test', {
      ...{ host: '127.0.0.1', port, protocol: 'http2', tls: true, serverCertDomainSan: SAN },
    });
    const client = new GrpcClient(t, engine.port, 'grpc.test', authority.cert);
    assert.equal(await client.say('hello'), 'hello');
    const chat = client.chat();
    chat.write(Buffer.from('one'));
    assert.deepEqual(await messages(chat, 1), ['one']);
    chat.end();
    await once(chat, 'status');
  });

  test('1000 chats at once: none is lost, and memory does not grow with what they say', async (t) => {
    const engine = await platform(t);
    const clients = Array.from({ length: 10 }, () => new GrpcClient(t, engine.port, 'grpc.test'));
    const chats = clients.flatMap((client) => Array.from({ length: 100 }, () => client.chat()));
    const round = async (word: string): Promise<void> => {
      const answers = chats.map((chat) => messages(chat, 1));
      for (const [i, chat] of chats.entries()) chat.write(Buffer.from(`${word} ${i}`));
      for (const [i, answer] of answers.entries()) assert.deepEqual(await answer, [`${word} ${i}`]);
    };
    const heap = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    for (let i = 0; i < 2; i++) await round('warm-up');
    assert.equal(engine.inFlight, 1000);
    const before = heap();
    for (let i = 0; i < 10; i++) await round(`round ${i}`);
    assert.ok(heap() - before < 4 * MIB, `${heap() - before} bytes more`);
    const ends = chats.map((chat) => once(chat, 'status'));
    for (const chat of chats) chat.end();
    for (const [end] of await Promise.all(ends)) assert.equal(end.code, status.OK);
    await engine.until(() => engine.inFlight === 0);
  });
});
