import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type TestContext, test, vi } from 'vitest';
import type { Panic } from '../../../src/boundary/boundary.ts';
import { EnvelopeCourier } from '../../../src/runtime/threads/envelope-courier.ts';
import { EnvelopePost } from '../../../src/telemetry/envelope-post.ts';
import { RequestEnvelopes } from '../../../src/telemetry/request-envelopes.ts';
import { ENVELOPE, readMessage } from '../../support/envelope-reader.ts';

async function fixture(t: TestContext) {
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(agent, 'listening');
  t.onTestFinished(() => void agent.close());
  let dropped = 0;
  const panics: Panic[] = [];
  const post = new EnvelopePost((count) => {
    dropped += count;
  });
  const courier = new EnvelopeCourier({
    address: { host: '127.0.0.1', port: agent.address().port },
    post,
    lane: 0,
    onPanic: (panic) => panics.push(panic),
  });
  t.onTestFinished(() => courier.close());
  const next = async (): Promise<unknown> => {
    const [bytes] = (await once(agent, 'message')) as [Buffer];
    return (readMessage(bytes, ENVELOPE)[9]![0] as Record<number, unknown[]>)[2]![0];
  };
  return { post, courier, panics, next, dropped: () => dropped, envelopes: new RequestEnvelopes(post) };
}

test('what is told is sent by a thread beside, and all of it before that one ends', async (t) => {
  const { courier, next, dropped, envelopes } = await fixture(t);
  const first = next();
  envelopes.lookedUp(1);
  assert.equal(await first, 1);
  const second = next();
  envelopes.lookedUp(2);
  await courier.close();
  assert.deepEqual([await second, dropped()], [2, 0]);
});

test('a thread that ends takes what it had with it, which is counted, and another sends what comes then', async (t) => {
  const { post, courier, next, dropped, envelopes } = await fixture(t);
  const end = Promise.withResolvers<void>();
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker): void {
    this.once('exit', () => end.resolve());
    void this.terminate();
  });
  envelopes.lookedUp(1);
  envelopes.lookedUp(2);
  post.flush();
  await end.promise;
  assert.equal(dropped(), 2);
  while (!courier.listens) await new Promise((resolve) => setTimeout(resolve, 10));
  const told = next();
  envelopes.lookedUp(3);
  assert.equal(await told, 3);
});

test('a batch that cannot be read is dropped, told of, and holds up no other', async (t) => {
  const { post, courier, panics, next, dropped, envelopes } = await fixture(t);
  const told = next();
  envelopes.lookedUp(1);
  assert.equal(await told, 1);
  await post.settle();
  courier.carry({ memory: new ArrayBuffer(8), from: 6, count: 1 });
  const after = next();
  envelopes.lookedUp(2);
  assert.equal(await after, 2);
  await post.settle();
  assert.deepEqual([dropped(), panics.map(({ kind }) => kind)], [1, ['message']]);
});

test('where no thread can be started envelopes are dropped and counted, and whoever tells notices nothing', () => {
  let dropped = 0;
  const post = new EnvelopePost((count) => {
    dropped += count;
  });
  // What no thread can be given, which is found when it is about to start.
  const address = { host: '127.0.0.1', port: 1, uncloneable: () => {} };
  const courier = new EnvelopeCourier({ address, post, lane: 0, onPanic: () => {} });
  const envelopes = new RequestEnvelopes(post);
  envelopes.lookedUp(1);
  envelopes.lookedUp(2);
  post.flush();
  assert.deepEqual([dropped, courier.listens], [2, false]);
});
