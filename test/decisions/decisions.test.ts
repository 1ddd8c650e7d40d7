import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { describe, type TestContext, test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import type { DecisionEntry } from '../../src/decisions/decision.ts';
import { Decisions, type DecisionsOptions } from '../../src/decisions/decisions.ts';
import { type Remembered, readRemembered } from '../../src/decisions/remembered.ts';
import { AwaitedLog } from '../support/awaited-log.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { busOptions } from '../support/route-bus.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

/** What a test decides of its surroundings. */
interface Surroundings {
  others: number | null;
}

interface Start extends Partial<Pick<DecisionsOptions, 'folder' | 'remembered'>> {
  readonly store?: DecisionsOptions['settings']['store'];
  readonly others?: number | null;
  /** Of a NATS for decisions alone. */
  readonly hosts?: number;
  /** Whose password is x; default: none. */
  readonly user?: string;
  /** The test gives it the bus. */
  readonly isLate?: boolean;
  /** Default: that of the machine. */
  readonly now?: () => number;
}

async function started(t: TestContext, port: number, options: Start = {}) {
  const { store = 'auto', folder = null, remembered = null, hosts } = options;
  const log = new AwaitedLog();
  const login = { user: options.user ?? '', pass: 'x' };
  const bus = await connectBus(busOptions([port], { pingInterval: 500, reconnectWait: 20, log, ...login }));
  const around: Surroundings = { others: options.others === undefined ? 0 : options.others };
  const servers = hosts === undefined ? null : busOptions([hosts]);
  const decisions = new Decisions({
    settings: { store, replicas: 1, servers },
    others: () => around.others,
    folder,
    remembered,
    log,
    now: options.now ?? (() => Date.now()),
  });
  const stop = async () => {
    await decisions.close();
    await bus.close();
  };
  t.onTestFinished(stop);
  if (!options.isLate) decisions.connect(bus);
  await decisions.start();
  const values = () => Object.fromEntries(decisions.current().map(({ key, value }) => [key, value]));
  return { decisions, around, bus, log, stop, values };
}

async function embedded(t: TestContext): Promise<number> {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  return bus.port;
}

async function ok(outcome: ReturnType<Decisions['put']>): Promise<number> {
  const done = await outcome;
  assert.ok(done.outcome === 'ok', JSON.stringify(done));
  return done.revision;
}

/** Resolves with the first change of which this is true. */
function change(decisions: Decisions, isIt: (entry: DecisionEntry) => boolean): Promise<DecisionEntry> {
  const { promise, resolve } = Promise.withResolvers<DecisionEntry>();
  decisions.watch((entry) => {
    if (isIt(entry)) resolve(entry);
  });
  return promise;
}

describe('the store of a router on a bus without JetStream', () => {
  test('is a file while it is alone, and decides nothing from the moment another comes', async (t) => {
    const folder = temporaryDirectory(t);
    const { decisions, around, values } = await started(t, await embedded(t), { folder });
    assert.equal(decisions.store, 'file');
    await ok(decisions.put('split.a', { n: 1 }, 'ann', 0));
    around.others = 1;
    const outcome = await decisions.put('split.a', { n: 2 }, 'ann', 1);
    assert.ok(outcome.outcome === 'refused');
    assert.match(
      outcome.why,
      /^there is another router to agree with: turn JetStream on in NATS \(`jetstream \{\}`/,
    );
    assert.match(outcome.why, /cellgate\.decisions\.hosts$/);
    assert.equal((await decisions.remove('split.a', 'ann', 1)).outcome, 'refused');
    assert.deepEqual(values(), { 'split.a': { n: 1 } });
    assert.equal(decisions.state.name, 'reachable');
    around.others = 0;
    await ok(decisions.put('split.a', { n: 3 }, 'ann', 1));
  });

  test('decides nothing before it is known who else is there', async (t) => {
    const { decisions, around } = await started(t, await embedded(t), {
      folder: temporaryDirectory(t),
      others: null,
    });
    assert.deepEqual(await decisions.put('split.a', {}, 'ann', 0), {
      outcome: 'away',
      why: 'it is not known yet whether there are other routers',
    });
    around.others = 0;
    await ok(decisions.put('split.a', {}, 'ann', 0));
  });

  test('is none without a folder, and the refusal says what would help', async (t) => {
    const { decisions } = await started(t, await embedded(t));
    const outcome = await decisions.put('split.a', {}, 'ann', 0);
    assert.ok(outcome.outcome === 'refused');
    assert.match(
      outcome.why,
      /^there is no folder to keep decisions in: set cellgate\.state_dir, or turn JetStream on/,
    );
    assert.deepEqual([decisions.store, decisions.entries()], [null, null]);
    assert.equal((await decisions.history('split.a')).outcome, 'away');
  });

  test('is none where the configuration wants none', async (t) => {
    const folder = temporaryDirectory(t);
    const { decisions } = await started(t, await embedded(t), { store: 'none', folder });
    assert.deepEqual(await decisions.put('split.a', {}, 'ann', 0), {
      outcome: 'refused',
      why: 'cellgate.decisions.store is none',
    });
  });
});

describe('the store of a router whose bus comes late', () => {
  test('is none before it, even in a folder of its own, and then what the bus has', async (t) => {
    const folder = temporaryDirectory(t);
    const { decisions, bus, log } = await started(t, await embedded(t), { folder, isLate: true });
    assert.deepEqual(await decisions.put('split.a', {}, 'ann', 0), {
      outcome: 'away',
      why: 'it is not known yet whether NATS has JetStream',
    });
    const chosen = log.line('decision-store-chosen');
    decisions.connect(bus);
    await chosen;
    await ok(decisions.put('split.a', {}, 'ann', 0));
    assert.equal(decisions.store, 'file');
  });

  test('what was decided at a part of a millisecond is there after a restart, and can be remembered', async (t) => {
    const folder = temporaryDirectory(t);
    const now = () => 1000.5;
    const before = await started(t, await embedded(t), { folder, now });
    assert.equal((await before.decisions.put('split.x', { a: 1 }, 'ann', 0)).outcome, 'ok');
    const saved = readRemembered(JSON.parse(JSON.stringify(before.decisions.entries())));
    assert.deepEqual(saved.rejected, []);
    assert.equal(saved.remembered?.decisions.length, 1);
    await before.stop();
    const after = await started(t, await embedded(t), { folder, now });
    assert.deepEqual(after.values(), { 'split.x': { a: 1 } });
  });

  test('until then what is remembered can be read, and tells how old it is', async (t) => {
    const decision = { key: 'split.a', value: { n: 1 }, revision: 7, at: 900, by: 'ann' };
    for (const store of ['jetstream', 'file'] as const) {
      const remembered: Remembered = { store, asOf: 1000, decisions: [decision] };
      const { decisions } = await started(t, await embedded(t), { remembered, isLate: true });
      assert.deepEqual(decisions.current(), [decision]);
      assert.equal(decisions.revision, 7);
      const { state } = decisions;
      assert.deepEqual([state.name, state.name === 'away' && state.since], ['away', 1000]);
      assert.deepEqual(decisions.entries(), remembered);
      assert.equal((await decisions.put('split.a', {}, 'ann', 7)).outcome, 'away');
    }
  });

  test('is JetStream where it has that, with what is decided there', skipFor(skip), async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await started(t, server.port);
    await ok(a.decisions.put('split.a', { n: 1 }, 'ann', 0));
    const b = await started(t, server.port, { isLate: true, others: 1 });
    const told = change(b.decisions, () => true);
    b.decisions.connect(b.bus);
    assert.deepEqual((await told).value, { n: 1 });
    await ok(b.decisions.put('split.a', { n: 2 }, 'ben', 1));
  });
});

describe('the store of routers on a NATS with JetStream', { ...skipFor(skip), concurrent: true }, () => {
  test('is JetStream, with and without a folder, and no file is begun', async (t) => {
    const server = await JetStreamServer.start(t);
    const folder = temporaryDirectory(t);
    const a = await started(t, server.port, { folder, others: null });
    const b = await started(t, server.port, { others: 1 });
    assert.deepEqual([a.decisions.store, b.decisions.store], ['jetstream', 'jetstream']);
    const told = change(b.decisions, () => true);
    await ok(a.decisions.put('split.a', { n: 1 }, 'ann', 0));
    assert.deepEqual((await told).value, { n: 1 });
    assert.equal(existsSync(join(folder, 'decisions.log')), false);
    assert.equal(a.decisions.revision, 1);
  });

  test('gets what a file held, once', async (t) => {
    const server = await JetStreamServer.start(t);
    const folder = temporaryDirectory(t);
    const alone = await started(t, await embedded(t), { folder });
    await ok(alone.decisions.put('split.a', { n: 1 }, 'ann', 0));
    await ok(alone.decisions.put('split.b', { n: 2 }, 'ben', 0));
    await ok(alone.decisions.put('split.c', { n: 3 }, 'ben', 0));
    await ok(alone.decisions.remove('split.c', 'ben', 3));
    const before = alone.decisions.current();
    await alone.stop();
    const first = await started(t, server.port, { folder });
    const about = ({ key, value, at, by }: DecisionEntry) => ({ key, value, at, by });
    assert.deepEqual(first.decisions.current().map(about), before.map(about));
    assert.equal(existsSync(join(folder, 'decisions.log')), false);
    assert.equal(existsSync(join(folder, 'decisions.log.carried')), true);
    await ok(first.decisions.put('split.a', { n: 4 }, 'ann', 1));
    await first.stop();
    const second = await started(t, server.port, { folder });
    assert.deepEqual(second.values(), { 'split.a': { n: 4 }, 'split.b': { n: 2 } });
    assert.equal(second.log.count('decisions-carried'), 0);
    // Nor does a NATS that has lost its JetStream bring the file back to life.
    await second.stop();
    await server.kill();
    await server.startAgain([]);
    const third = await started(t, server.port, { folder });
    const outcome = await third.decisions.put('split.a', {}, 'ann', 0);
    assert.ok(outcome.outcome === 'refused');
    assert.match(outcome.why, /JetStream/);
  });

  test('gets it as well from a router that runs when JetStream is turned on', async (t) => {
    const server = await JetStreamServer.start(t);
    await server.kill();
    await server.startAgain([]);
    const folder = temporaryDirectory(t);
    const a = await started(t, server.port, { folder });
    assert.equal(a.decisions.store, 'file');
    await ok(a.decisions.put('split.a', { n: 1 }, 'ann', 0));
    const back = new Promise<void>((resolve) => a.bus.onReconnect(resolve));
    await server.kill();
    await server.startAgain();
    await back;
    await a.log.line('decisions-carried');
    a.around.others = 1;
    await ok(a.decisions.put('split.a', { n: 2 }, 'ann', 1));
    assert.equal(a.decisions.store, 'jetstream');
    const b = await started(t, server.port, { others: 1 });
    assert.deepEqual(b.values(), { 'split.a': { n: 2 } });
  });

  test('goes on with a carrying that was interrupted', async (t) => {
    const server = await JetStreamServer.start(t);
    const folder = temporaryDirectory(t);
    const alone = await started(t, await embedded(t), { folder });
    await ok(alone.decisions.put('split.a', { n: 1 }, 'ann', 0));
    const [half] = alone.decisions.current();
    await ok(alone.decisions.put('split.b', { n: 2 }, 'ann', 0));
    await alone.stop();
    // As if another had been stopped in the middle: what it remembers begins the bucket.
    const remembered: Remembered = { store: 'jetstream', asOf: 0, decisions: [half!] };
    const other = await started(t, server.port, { remembered });
    assert.equal((await other.decisions.put('split.a', {}, 'eve', 7)).outcome, 'conflict');
    const a = await started(t, server.port, { folder });
    assert.deepEqual(a.values(), { 'split.a': { n: 1 }, 'split.b': { n: 2 } });
    assert.equal(a.log.count('decisions-carried'), 1);
  });

  test('gets a file later when it cannot be carried over now, and what it held is read and remembered meanwhile', async (t) => {
    const server = await JetStreamServer.start(t);
    const { bus } = await started(t, server.port);
    await new Kvm(bus.connection).create('cellgate', { ttl: 60_000 });
    const folder = temporaryDirectory(t);
    const alone = await started(t, await embedded(t), { folder });
    await ok(alone.decisions.put('split.a', { n: 1 }, 'ann', 0));
    const before = alone.decisions.entries();
    await alone.stop();
    const a = await started(t, server.port, { folder, remembered: before });
    const outcome = await a.decisions.put('split.a', { n: 2 }, 'ann', 1);
    assert.ok(outcome.outcome === 'away');
    assert.match(outcome.why, /the bucket cellgate has a max_age/);
    assert.deepEqual(a.values(), { 'split.a': { n: 1 } });
    assert.deepEqual(a.decisions.entries(), before);
    assert.equal((await a.decisions.history('split.a')).outcome, 'away');
    assert.equal(a.log.count('decisions-not-carried'), 1);
    const carried = a.log.line('decisions-carried');
    await (await jetstreamManager(bus.connection)).streams.delete('KV_cellgate');
    await carried;
    await ok(a.decisions.put('split.a', { n: 2 }, 'ann', 1));
  });

  test('takes nothing of a file when it has decisions of its own, and that router says so and decides nothing', async (t) => {
    const server = await JetStreamServer.start(t);
    const folder = temporaryDirectory(t);
    const alone = await started(t, await embedded(t), { folder });
    await ok(alone.decisions.put('split.a', { of: 'file' }, 'ann', 0));
    await alone.stop();
    const others = await started(t, server.port);
    await ok(others.decisions.put('split.b', { of: 'bucket' }, 'ben', 0));
    const a = await started(t, server.port, { folder });
    assert.deepEqual(a.values(), { 'split.b': { of: 'bucket' } });
    const outcome = await a.decisions.put('split.b', {}, 'ann', 1);
    const file = join(folder, 'decisions.log');
    assert.deepEqual(outcome, {
      outcome: 'refused',
      why: `the bucket cellgate has decisions that ${file} has not: those of the file are not carried over; remove the file if they are not needed`,
    });
    assert.equal(a.log.count('decisions-not-carried'), 1);
    rmSync(file);
    await ok(a.decisions.put('split.b', {}, 'ann', 1));
  });

  test('is away with NATS, and what a router remembers holds until it is back', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await started(t, server.port);
    await ok(a.decisions.put('split.a', { n: 1 }, 'ann', 0));
    const saved = JSON.parse(JSON.stringify(a.decisions.entries()));
    await server.kill();
    await a.log.line('nats-connection-disconnected');
    const { state } = a.decisions;
    assert.ok(state.name === 'away' && state.since >= saved.asOf);
    const { remembered } = readRemembered(saved);
    assert.ok(remembered !== null);
    // A router that starts while NATS is away: here the connection is there, and lost again.
    await server.startAgain([]);
    const b = await started(t, server.port, { remembered, others: 1 });
    assert.deepEqual(b.values(), { 'split.a': { n: 1 } });
    assert.deepEqual(b.decisions.entries(), remembered);
    const { state: its } = b.decisions;
    assert.ok(its.name === 'away');
    assert.equal(its.since, remembered.asOf);
    assert.equal((await b.decisions.put('split.a', {}, 'ann', 1)).outcome, 'refused');
    const back = b.log.line('decision-store-reachable');
    await server.kill();
    await server.startAgain();
    await back;
    await ok(b.decisions.put('split.a', { n: 2 }, 'ann', 1));
  });

  test('is none for accounts and users that may not use it, with what is to be done', async (t) => {
    const denied = 'permissions: { publish: { deny: "$JS.API.>" } }';
    const server = await JetStreamServer.start(
      t,
      `accounts {
        WITHOUT: { users: [{ user: without, password: x }] }
        WITH: { jetstream: enabled, users: [{ user: denied, password: x, ${denied} }] }
      }`,
    );
    const why = async (user: string) => {
      const { decisions } = await started(t, server.port, { user });
      const outcome = await decisions.put('split.a', {}, 'ann', 0);
      assert.ok(outcome.outcome === 'refused', JSON.stringify(outcome));
      return outcome.why;
    };
    assert.match(await why('without'), /turn JetStream on in NATS/);
    assert.match(await why('denied'), /^this NATS user may not ask .*permit it `\$JS\.API\.>`/);
  });

  test('may be on a NATS of its own, which is looked for without end', async (t) => {
    const server = await JetStreamServer.start(t);
    const bus = await embedded(t);
    const a = await started(t, bus, { hosts: server.port, others: 1 });
    await ok(a.decisions.put('split.a', { n: 1 }, 'ann', 0));
    await server.kill();
    const b = await started(t, bus, { hosts: server.port, others: 1 });
    const outcome = await b.decisions.put('split.a', {}, 'ann', 1);
    assert.equal(outcome.outcome, 'away');
    const told = change(b.decisions, ({ key }) => key === 'split.a');
    await server.startAgain();
    assert.deepEqual((await told).value, { n: 1 });
  });

  test('is none of its own while that cannot be reached, even where a file would do', async (t) => {
    const folder = temporaryDirectory(t);
    const { decisions, bus, stop } = await started(t, await embedded(t), { folder, hosts: await freePort() });
    const outcome = await decisions.put('split.a', {}, 'ann', 0);
    assert.deepEqual(outcome, { outcome: 'away', why: 'it is not known yet whether NATS has JetStream' });
    await stop();
    await stop();
    await decisions.start();
    decisions.connect(bus);
    assert.equal((await decisions.put('split.a', {}, 'ann', 0)).outcome, 'away');
  });
});
