import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type TestContext, test, vi } from 'vitest';
import { ProxyThreads, type ProxyThreadsOptions } from '../../../src/runtime/threads/proxy-threads.ts';
import { SharedMemory } from '../../../src/runtime/threads/shared-memory.ts';
import { fakeWorkers } from '../../support/fake-workers.ts';
import { METERS } from '../../support/metrics-fixture.ts';
import { LogLines } from '../../support/registry-fixture.ts';

function started(t: TestContext) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  t.onTestFinished(() => void vi.useRealTimers());
  let now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const fake = fakeWorkers(t);
  const log = new LogLines();
  const threads = new ProxyThreads({
    count: 2,
    data: {} as ProxyThreadsOptions['data'],
    tcp: null,
    memory: new SharedMemory(2, METERS),
    routes: { follow: async () => {}, leave() {} },
    onEndpointFailed() {},
    onSyslog() {},
    onTapped() {},
    onSpans() {},
    arms: null,
    log,
  });
  threads.start();
  threads.serve();
  const pass = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
    vi.advanceTimersByTime(milliseconds);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
  };
  return { fake, log, threads, pass };
}

test('a thread that the system refuses is asked for again', async (t) => {
  const { fake, threads, pass } = started(t);
  fake.failure = new Error('EAGAIN');
  fake.made[0]!.emit('exit', 1);
  await pass(100);
  assert.deepEqual(threads.running, [1]);
  await pass(100);
  assert.deepEqual(threads.running, [0, 1]);
});

test('a thread says with every batch that its table differs, which is heeded once', (t) => {
  const { fake, log } = started(t);
  for (let epoch = 0; epoch < 5; epoch++) fake.made[0]!.emit('message', { kind: 'table-differs', epoch });
  assert.equal(log.messages.filter((message) => message === 'route-table-differs').length, 1);
});

test('a thread that starts while the router closes gently is told so', async (t) => {
  const { fake, threads, pass } = started(t);
  threads.closeGently();
  fake.made[0]!.emit('exit', 1);
  await pass(100);
  assert.ok(fake.made[2]!.told.some(({ kind }) => kind === 'close-gently'));
});

test('a thread that does not end though it was cut is told of once', async (t) => {
  const { fake, log, pass } = started(t);
  fake.made[0]!.emit('message', { kind: 'table-differs', epoch: 1 });
  await pass(0);
  fake.made[0]!.ends = false;
  await pass(15_000);
  await pass(10_000);
  await pass(60_000);
  assert.deepEqual(
    log.lines.filter(({ message }) => message === 'proxy-thread-will-not-end').map(({ data }) => data),
    [{ thread: 0 }],
  );
});

test('an answer is that to its own question, whoever asks at once and however late another comes', async (t) => {
  const { fake, threads } = started(t);
  const asked = [threads.requests('one'), threads.requests('other')];
  const numbersOf = (worker: (typeof fake.made)[number]) =>
    worker.told.flatMap((message) => ('number' in message ? [Number(message.number)] : []));
  for (const worker of fake.made) {
    const [one, other] = numbersOf(worker);
    worker.emit('message', { kind: 'requests', number: -1, records: [{ id: 'of another question', at: 0 }] });
    worker.emit('message', { kind: 'requests', number: other, records: [{ id: 'other', at: 1 }] });
    worker.emit('message', { kind: 'requests', number: one, records: [{ id: 'one', at: 1 }] });
  }
  const found = (await Promise.all(asked)).map((records) => records.map(({ id }) => id));
  assert.deepEqual(found, [
    ['one', 'one'],
    ['other', 'other'],
  ]);
});
