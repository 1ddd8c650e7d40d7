import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'vitest';
import type { Container } from '../../../src/agent/containers/container.ts';
import { ContainerSource } from '../../../src/agent/docker/container-source.ts';
import { EngineApi } from '../../../src/agent/docker/engine-api.ts';
import { isRunning, markProcess } from '../../../src/agent/docker/process-mark.ts';
import type { WantedRoute } from '../../../src/agent/route/agent-route.ts';
import { container, inspection } from '../../support/container.ts';
import { DockerEngine } from '../../support/docker-engine.ts';
import { ToldLog } from '../../support/told-log.ts';

const IDS = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
const [A, B] = IDS as [string, string];

function shop(id: string, more: Partial<Container> = {}): Container {
  const address = `10.0.0.${2 + IDS.indexOf(id)}`;
  const networks = [{ name: 'bridge', address }];
  return container({ 'cellgate.route': 'shop.test' }, { id, name: id[0]!, networks, ...more });
}

/** What a source wants, as `name standing address`, one want after the other. */
class Wants {
  readonly all: string[][] = [];
  #waiting: { readonly isIt: (wanted: string[]) => boolean; readonly resolve: () => void }[] = [];

  take(wanted: readonly WantedRoute[]): void {
    const texts = wanted.map(
      ({ route, standing }) => `${route.name} ${standing} ${route.announcement.address}`,
    );
    this.all.push(texts);
    this.#waiting = this.#waiting.filter(({ isIt, resolve }) => {
      if (isIt(texts)) resolve();
      return !isIt(texts);
    });
  }

  get last(): string[] | undefined {
    return this.all.at(-1);
  }

  /** Resolves when exactly this is wanted, now or later. */
  until(...wanted: string[]): Promise<void> {
    const isIt = (texts: string[]): boolean => texts.toSorted().join('\n') === wanted.toSorted().join('\n');
    if (this.last !== undefined && isIt(this.last)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isIt, resolve }));
  }
}

async function bed(t: TestContext, { answerMs = 10_000, lookInterval = 3_600_000, up = true } = {}) {
  const engine = new DockerEngine(t);
  if (up) await engine.start();
  const wants = new Wants();
  const log = new ToldLog();
  const source = new ContainerSource({
    dial: () => new EngineApi({ kind: 'socket', path: engine.path }, answerMs),
    terms: { machine: '', domains: [] },
    log,
    lookInterval,
  });
  t.onTestFinished(() => source.stop());
  const start = (): void => source.start((wanted) => wants.take(wanted));
  return { engine, wants, log, source, start };
}

test('what runs is wanted once all of it is known, and what comes and goes is heard of by events', async (t) => {
  const { engine, wants, log, start } = await bed(t);
  engine.containers.set(A, shop(A));
  engine.containers.set('d'.repeat(64), container({ other: 'label' }, { id: 'd'.repeat(64) }));
  start();
  await wants.until('a serving 10.0.0.2:8080');
  // Events were asked for first, so that none is missed.
  assert.deepEqual(engine.asked, ['/events', '/containers/json', `/containers/${A}/json`]);
  assert.equal(wants.all.length, 1);
  assert.deepEqual(log.of('following-containers'), [{ engine: engine.path, containers: 1 }]);
  engine.run(shop(B));
  await wants.until('a serving 10.0.0.2:8080', 'b serving 10.0.0.3:8080');
  engine.die(A);
  await wants.until('b serving 10.0.0.3:8080');
  engine.change(B, { status: 'paused' }, 'pause');
  await wants.until('b unready 10.0.0.3:8080');
  engine.change(B, { status: 'running' }, 'unpause');
  await wants.until('b serving 10.0.0.3:8080');
  engine.change(B, { health: 'unhealthy' }, 'health_status: unhealthy');
  await wants.until('b unready 10.0.0.3:8080');
  engine.change(B, { health: 'healthy', name: 'b2' }, 'rename');
  await wants.until('b2 serving 10.0.0.3:8080');
  engine.tell(B, 'kill', { signal: '1' });
  engine.tell(B, 'kill', { signal: '15' });
  await wants.until('b2 draining 10.0.0.3:8080');
  assert.deepEqual(log.of('container-told-to-stop'), [{ container: 'b2', signal: 15 }]);
});

test('events in pieces, garbage between them, and containers that are gone when they are asked for', async (t) => {
  const { engine, wants, start } = await bed(t);
  start();
  await wants.until();
  engine.send(
    '{"Type":"container","Action":"start"}\nnot json\n\0\n[1]\n{"Type":"network","Action":"create"}\n',
  );
  engine.tell('e'.repeat(64), 'start');
  const event = { Type: 'container', Action: 'start', Actor: { ID: A, Attributes: { größe: 'ö' } } };
  engine.containers.set(A, shop(A));
  for (const byte of Buffer.from(`${JSON.stringify(event)}\n`)) engine.send(Buffer.of(byte));
  await wants.until('a serving 10.0.0.2:8080');
});

test('a container that is started again is gone before it is wanted again', async (t) => {
  const { engine, wants, start } = await bed(t);
  engine.containers.set(A, shop(A));
  start();
  await wants.until('a serving 10.0.0.2:8080');
  const seen = wants.all.length;
  const isGone = wants.until();
  engine.change(A, { startedAt: 5000 }, 'start');
  await isGone;
  await wants.until('a serving 10.0.0.2:8080');
  assert.deepEqual(wants.all.slice(seen), [[], ['a serving 10.0.0.2:8080']]);
});

test('a container that has the name and the address of one before begins with nothing of that one', async (t) => {
  const { engine, wants, log, start } = await bed(t);
  engine.containers.set(A, shop(A));
  start();
  await wants.until('a serving 10.0.0.2:8080');
  engine.tell(A, 'kill', { signal: '15' });
  await wants.until('a draining 10.0.0.2:8080');
  await engine.stop();
  const seen = wants.all.length;
  engine.containers.delete(A);
  const recreated = { name: 'a', networks: shop(A).networks, startedAt: 7000 };
  engine.containers.set(B, shop(B, recreated));
  await engine.start();
  await wants.until('a serving 10.0.0.2:8080');
  assert.deepEqual(wants.all.slice(seen), [[], ['a serving 10.0.0.2:8080']]);
  while (log.of('container-engine-back').length === 0) await new Promise(setImmediate);
});

test('an address is taken back before the next container that has it is wanted, whatever their names', async (t) => {
  const { engine, wants, start } = await bed(t);
  engine.containers.set(A, shop(A));
  start();
  await wants.until('a serving 10.0.0.2:8080');
  await engine.stop();
  const seen = wants.all.length;
  engine.containers.delete(A);
  engine.containers.set(B, shop(B, { networks: shop(A).networks, startedAt: 7000 }));
  await engine.start();
  await wants.until('b serving 10.0.0.2:8080');
  assert.deepEqual(wants.all.slice(seen), [[], ['b serving 10.0.0.2:8080']]);
});

test('an answer that was given before the container died is not believed', async (t) => {
  const { engine, wants, start } = await bed(t);
  engine.containers.set(B, shop(B));
  start();
  await wants.until('b serving 10.0.0.3:8080');
  const held = Promise.withResolvers<() => void>();
  engine.script = (path, response) => {
    if (path !== `/containers/${A}/json`) return null;
    engine.script = () => null;
    const before = JSON.stringify(inspection(shop(A)));
    held.resolve(() => response.end(before));
    return true;
  };
  engine.run(shop(A));
  const answer = await held.promise;
  engine.die(A);
  // Told of another thing of B: when that has come, the death has been heard of.
  engine.change(B, { status: 'paused' }, 'pause');
  await wants.until('b unready 10.0.0.3:8080');
  const asked = engine.next();
  answer();
  await asked;
  engine.change(B, { status: 'running' }, 'unpause');
  await wants.until('b serving 10.0.0.3:8080');
  assert.ok(!wants.all.flat().some((wanted) => wanted.startsWith('a ')));
});

test('while the engine is away what is known stays, loudly; back again, all is looked at anew', async (t) => {
  const { engine, wants, log, start } = await bed(t);
  engine.containers.set(A, shop(A));
  engine.containers.set(B, shop(B));
  start();
  await wants.until('a serving 10.0.0.2:8080', 'b serving 10.0.0.3:8080');
  const before = wants.all.length;
  await engine.stop();
  while (log.of('container-engine-away').length < 2) await new Promise(setImmediate);
  const [first, second] = log.of('container-engine-away');
  assert.match(String(first!['reason']), /the stream of events|GET \/events/);
  assert.match(String(second!['reason']), /is not there: start the engine/);
  assert.equal(second!['known-containers'], 2);
  assert.equal(wants.all.length, before);
  // Meanwhile one has gone, and its address is another's.
  engine.containers.delete(A);
  const C = IDS[2]!;
  const taken = { networks: [{ name: 'bridge', address: '10.0.0.2' }], startedAt: 9000 };
  engine.containers.set(C, shop(C, taken));
  await engine.start();
  await wants.until('b serving 10.0.0.3:8080', 'c serving 10.0.0.2:8080');
  while (log.of('container-engine-back').length === 0) await new Promise(setImmediate);
  for (const wanted of wants.all.slice(before)) {
    assert.equal(wanted.filter((text) => text.endsWith('10.0.0.2:8080')).length <= 1, true, String(wanted));
  }
});

test('an engine that is not there yet is waited for, and nothing is wanted before', async (t) => {
  const { engine, wants, log, start } = await bed(t, { up: false });
  start();
  while (log.of('container-engine-away').length === 0) await new Promise(setImmediate);
  assert.equal(wants.last, undefined);
  engine.containers.set(A, shop(A));
  await engine.start();
  await wants.until('a serving 10.0.0.2:8080');
});

test('500s, answers that are none, and silence are said, and tried again', async (t) => {
  const { engine, wants, log, start } = await bed(t, { answerMs: 300 });
  const trouble: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(500).end('{"message":"the disk is full"}'),
    (response) => response.end('{"not":"a list"}'),
    (response) => response.end('[{'),
    (response) => response.destroy(),
    () => {},
  ];
  engine.script = (path, response) => {
    const next = path === '/containers/json' ? trouble.shift() : undefined;
    if (next === undefined) return null;
    next(response);
    return true;
  };
  engine.containers.set(A, shop(A));
  start();
  await wants.until('a serving 10.0.0.2:8080');
  const reasons = log.of('container-engine-away').map(({ reason }) => String(reason));
  assert.equal(reasons.length, 5);
  assert.match(reasons[0]!, /answered with 500: the disk is full/);
  assert.match(reasons[1]!, /something else/);
  assert.match(reasons[2]!, /no JSON/);
  assert.match(reasons[4]!, /not answered in time/);
});

test('a container that cannot be inspected costs itself alone, and is looked at again', async (t) => {
  const { engine, wants, log, start } = await bed(t, { lookInterval: 100 });
  engine.containers.set(A, shop(A));
  engine.containers.set(B, shop(B));
  engine.script = (path, response) => {
    if (path !== `/containers/${A}/json`) return null;
    response.writeHead(500).end('{"message":"storage"}');
    return true;
  };
  start();
  await wants.until('b serving 10.0.0.3:8080');
  assert.deepEqual(log.of('container-not-inspected')[0]!['container'], A.slice(0, 12));
  engine.script = () => null;
  await wants.until('a serving 10.0.0.2:8080', 'b serving 10.0.0.3:8080');
});

test('what no event has told is found when the list is looked at', async (t) => {
  const { engine, wants, start } = await bed(t, { lookInterval: 100 });
  engine.containers.set(A, shop(A, { health: 'starting' }));
  start();
  await wants.until('a unready 10.0.0.2:8080');
  engine.containers.set(A, shop(A, { health: 'healthy' }));
  await wants.until('a serving 10.0.0.2:8080');
  engine.containers.set(B, shop(B));
  await wants.until('a serving 10.0.0.2:8080', 'b serving 10.0.0.3:8080');
  engine.containers.set(B, shop(B, { status: 'stopping' }));
  await wants.until('a serving 10.0.0.2:8080', 'b draining 10.0.0.3:8080');
  engine.containers.delete(A);
  await wants.until('b draining 10.0.0.3:8080');
});

test('an engine that answers no list any more is given up, though its events are still open', async (t) => {
  const { engine, wants, log, start } = await bed(t, { lookInterval: 100, answerMs: 300 });
  engine.containers.set(A, shop(A));
  start();
  await wants.until('a serving 10.0.0.2:8080');
  engine.script = (path) => (path === '/containers/json' ? true : null);
  while (log.of('container-engine-away').length === 0) await engine.next();
  assert.match(String(log.of('container-engine-away')[0]!['reason']), /not answered in time/);
  assert.deepEqual(wants.last, ['a serving 10.0.0.2:8080']);
});

test('bad labels are told once, by container, label, value and what is allowed', async (t) => {
  const { engine, wants, log, start } = await bed(t);
  engine.containers.set(A, shop(A, { labels: { 'cellgate.route': 'shop.test', 'cellgate.port': 'http' } }));
  engine.containers.set(B, shop(B));
  start();
  await wants.until('b serving 10.0.0.3:8080');
  engine.change(A, { status: 'paused' }, 'pause');
  engine.change(B, { status: 'paused' }, 'pause');
  await wants.until('b unready 10.0.0.3:8080');
  assert.deepEqual(log.of('container-refused'), [
    { container: 'a', fault: 'cellgate.port: found "http", allowed: a port from 1 to 65535' },
  ]);
});

test('a process is told from another that has its number later', async () => {
  assert.equal(markProcess(process.pid, 'f'.repeat(64)), null);
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  // Every process is in a group whose path begins so.
  const mark = markProcess(child.pid!, '/');
  assert.ok(mark !== null);
  assert.equal(isRunning(mark), true);
  assert.equal(isRunning({ ...mark, started: '1' }), false);
  child.kill();
  await once(child, 'close');
  assert.equal(isRunning(mark), false);
});
