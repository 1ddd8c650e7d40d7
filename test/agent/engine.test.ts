import assert from 'node:assert/strict';
import { test } from 'vitest';
import { NOTHING_LEFT } from '../../src/agent/legacy.ts';
import type { BusAnnouncement } from '../../src/agent/route/announcement.ts';
import { busRoute, engineBed, SCRIPT, TestSource, tcpProbe } from '../support/agent-engine.ts';

const FAILED = { ok: false, reason: 'exit 1' } as const;
const PASSED = { ok: true } as const;
const settled = () => new Promise(setImmediate);

test('a route without a check is registered at once, and again at every interval', () => {
  const { clock, channel, source } = engineBed();
  source.wants(busRoute('a.b'));
  assert.deepEqual(channel.take(), ['+a.b']);
  clock.pass(19_900);
  assert.deepEqual(channel.take(), []);
  clock.pass(150);
  assert.deepEqual(channel.take(), ['+a.b']);
  clock.pass(40_000);
  assert.deepEqual(channel.take(), ['+a.b', '+a.b']);
});

test('a script decides before every registration, and unregisters up to the limit', async () => {
  const { clock, channel, source, answer } = engineBed(() => 0, 3);
  source.wants(busRoute('a.b', { check: SCRIPT }));
  assert.deepEqual(channel.take(), []);
  await settled();
  assert.deepEqual(channel.take(), ['+a.b']);
  answer(FAILED);
  await clock.passSlowly(100_050, 1_000);
  assert.deepEqual(channel.take(), ['-a.b', '-a.b', '-a.b']);
  answer(PASSED);
  await clock.passSlowly(20_000, 1_000);
  assert.deepEqual(channel.take(), ['+a.b']);
  answer(FAILED);
  await clock.passSlowly(20_000, 1_000);
  assert.deepEqual(channel.take(), ['-a.b']);
});

test('a probe has a pace of its own, and counts to its thresholds', async () => {
  const { clock, channel, source, events, answer } = engineBed();
  answer(FAILED);
  source.wants(busRoute('a.b', { check: tcpProbe({ startDelay: 3_000, rise: 2, fall: 2 }) }));
  await clock.passSlowly(2_900, 100);
  assert.equal(events.filter(({ kind }) => kind === 'check-failed').length, 0);
  await clock.passSlowly(200, 100);
  assert.equal(events.filter(({ kind }) => kind === 'check-failed').length, 1);
  // One failure says nothing yet.
  assert.deepEqual(channel.take(), []);
  answer(PASSED);
  await clock.passSlowly(5_000, 100);
  assert.deepEqual(channel.take(), []);
  await clock.passSlowly(5_000, 100);
  assert.deepEqual(channel.take(), ['+a.b']);
  answer(FAILED);
  await clock.passSlowly(5_000, 100);
  assert.deepEqual(channel.take(), []);
  await clock.passSlowly(5_000, 100);
  assert.ok(channel.take().includes('-a.b'));
});

test('what its source does not want any more is unregistered, once', () => {
  const { clock, channel, source } = engineBed();
  source.wants(busRoute('a.b'), busRoute('c.d', {}, '10.0.0.1:81'));
  channel.take();
  source.wants(busRoute('c.d', {}, '10.0.0.1:81'));
  assert.deepEqual(channel.take(), ['-a.b']);
  clock.pass(60_100);
  assert.deepEqual(channel.take(), ['+c.d', '+c.d', '+c.d']);
});

test('a changed route is registered before what it was is taken back, and keeps what it still has', () => {
  const { channel, source } = engineBed();
  source.wants(busRoute('a.b,c.d'));
  channel.take();
  source.wants(busRoute('a.b,e.f', { weight: 50 }));
  assert.deepEqual(channel.take(), ['+a.b,e.f', '-c.d']);
  // Another name, and the same endpoint.
  source.wants(busRoute('a.b,e.f', { name: 'other' }));
  assert.deepEqual(channel.take(), ['+a.b,e.f']);
});

test('a changed route that has a check is taken for as healthy as it was', async () => {
  const { channel, source } = engineBed();
  source.wants(busRoute('a.b', { check: tcpProbe() }));
  await settled();
  source.wants(busRoute('a.b', { check: tcpProbe({ fall: 3 }) }));
  assert.ok(!channel.take().some((said) => said.startsWith('-')));
});

test('a source that says that it is not ready has its route unregistered until it is', () => {
  const { channel, source } = engineBed();
  const route = busRoute('a.b');
  source.wants(route);
  source.wants([route, 'unready']);
  source.wants([route, 'unready']);
  source.wants([route, 'serving']);
  assert.deepEqual(channel.take(), ['+a.b', '-a.b', '+a.b']);
});

test('a drain unregisters first, and says after its time that the application may stop', async () => {
  const { engine, clock, channel, source, events } = engineBed();
  source.wants(busRoute('a.b', { drain: { file: null, time: 7_000, command: null } }), busRoute('c.d'));
  channel.take();
  const drained = engine.drain(({ route }) => route.name === 'a.b', 'command');
  assert.deepEqual(channel.take(), ['-a.b']);
  clock.pass(6_900);
  assert.ok(!events.some(({ kind }) => kind === 'drained'));
  clock.pass(200);
  assert.deepEqual(await drained, { picked: 1, drained: 1 });
  assert.equal(events.at(-1)?.kind, 'drained');
  clock.pass(40_000);
  assert.ok(!channel.take().includes('+a.b'));
  engine.release(() => true, 'command');
  assert.deepEqual(channel.take(), ['+a.b']);
});

test('while nobody hears, an application may not stop: its time begins when routers have been told', async () => {
  const { engine, clock, channel, source, events } = engineBed();
  const isDrained = () => events.some(({ kind }) => kind === 'drained');
  source.wants(busRoute('a.b', { drain: { file: null, time: 7_000, command: null } }));
  channel.take();
  channel.state = 'away';
  const drained = engine.drain(() => true, 'command');
  assert.ok(events.some(({ kind }) => kind === 'drain-unheard'));
  clock.pass(60_000);
  assert.ok(!isDrained());
  channel.state = 'ready';
  clock.pass(2_000);
  assert.ok(channel.take().includes('-a.b'));
  clock.pass(4_500);
  assert.ok(!isDrained());
  clock.pass(2_000);
  assert.deepEqual(await drained, { picked: 1, drained: 1 });
});

test('an application may stop once routers that could not be told have forgotten it', async () => {
  const { engine, clock, channel, source } = engineBed();
  source.wants(busRoute('a.b', { drain: { file: null, time: 7_000, command: null } }));
  channel.state = 'away';
  const drained = engine.drain(() => true, 'command');
  clock.pass(122_000);
  assert.deepEqual(await drained, { picked: 1, drained: 1 });
});

test('a drain goes on with the changed form of its route, and whoever waits for it', async () => {
  const { engine, clock, source } = engineBed();
  source.wants(busRoute('a.b'));
  const drained = engine.drain(() => true, 'command');
  clock.pass(10_000);
  source.wants(busRoute('a.b,c.d'));
  clock.pass(10_100);
  assert.deepEqual(await drained, { picked: 1, drained: 1 });
});

test('what another agent has drained is drained when it comes, and not who has its name later', () => {
  const { engine, channel, source } = engineBed();
  engine.inherit({ ...NOTHING_LEFT, drained: ['a.b'] });
  source.wants();
  source.wants(busRoute('a.b'));
  assert.ok(!channel.take().includes('+a.b'));
  source.wants();
  source.wants(busRoute('a.b', {}, '10.0.0.2:80'));
  assert.deepEqual(channel.take(), ['-a.b', '+a.b']);
});

test('a drain goes on with its run, whatever name that is given, and ends with it', async () => {
  const { engine, clock, channel, source } = engineBed();
  source.wants(busRoute('a.b', { name: 'shop', run: 'c1 1' }));
  const drained = engine.drain(({ route }) => route.name === 'shop', 'command');
  clock.pass(10_000);
  source.wants(
    busRoute('a.b', { name: 'shop-old', run: 'c1 1' }),
    busRoute('c.d', { name: 'shop' }, '10.0.0.2:80'),
  );
  assert.deepEqual(
    channel.take().filter((said) => said.startsWith('+')),
    ['+a.b', '+c.d'],
  );
  clock.pass(10_100);
  assert.deepEqual(await drained, { picked: 1, drained: 1 });
  source.wants(busRoute('a.b', { name: 'shop-old', run: 'c1 2' }));
  assert.ok(channel.take().includes('+a.b'));
});

test('what another agent has drained of a run is all of it, and nothing of the next run', () => {
  const { engine, channel, source } = engineBed();
  engine.inherit({ ...NOTHING_LEFT, drained: ['c1 1'] });
  const run = { name: 'shop', run: 'c1 1' };
  source.wants(busRoute('a.b', run), busRoute('tcp:1', run, '10.0.0.1:81'));
  assert.ok(!channel.take().some((said) => said.startsWith('+')));
  source.wants();
  source.wants(busRoute('a.b', { ...run, run: 'c1 2' }));
  assert.ok(channel.take().includes('+a.b'));
});

test('what nobody has looked at yet is left to the next agent as it was', () => {
  const { engine, source } = engineBed();
  const { announcement } = busRoute('gone.b', {}, '10.0.0.9:80');
  const left = { drained: ['x'], stopping: ['c1 1'], announced: [announcement as BusAnnouncement] };
  engine.inherit(left);
  engine.follow(new TestSource('late'));
  source.wants();
  assert.deepEqual(engine.legacy, left);
  source.wants([busRoute('a.b', { run: 'c2 1' }), 'draining']);
  assert.deepEqual(engine.legacy.stopping, ['c1 1', 'c2 1']);
});

test('a drain that is called off, or whose route goes, is none that came to its end', async () => {
  const { engine, source } = engineBed();
  source.wants(busRoute('a.b'), busRoute('c.d', {}, '10.0.0.1:81'));
  const drained = engine.drain(() => true, 'command');
  engine.release(({ route }) => route.name === 'a.b', 'command');
  source.wants(busRoute('a.b'));
  assert.deepEqual(await drained, { picked: 2, drained: 0 });
});

test('what another agent has drained by command is so from its first moment, until it is let go of', () => {
  const { engine, clock, channel, source, events } = engineBed();
  engine.inherit({ ...NOTHING_LEFT, drained: ['a.b'] });
  clock.pass(1_000);
  source.wants(busRoute('a.b'));
  assert.ok(!channel.take().includes('+a.b'));
  clock.pass(20_100);
  assert.ok(events.some(({ kind }) => kind === 'drained'));
  channel.take();
  engine.release(() => true, 'command');
  assert.deepEqual(channel.take(), ['+a.b']);
});

test('what another agent has announced and nobody wants is taken back, once all sources have said what they do', () => {
  const { engine, channel, source } = engineBed();
  const announced = [
    busRoute('a.b'),
    busRoute('gone.b,c.d', {}, '10.0.0.2:80'),
    busRoute('e.f', {}, '10.0.0.3:80'),
  ];
  engine.inherit({
    ...NOTHING_LEFT,
    announced: announced.map(({ announcement }) => announcement as BusAnnouncement),
  });
  const late = new TestSource('late');
  engine.follow(late);
  source.wants(busRoute('a.b'));
  assert.deepEqual(channel.take(), ['+a.b']);
  late.wants(busRoute('c.d', {}, '10.0.0.2:80'));
  assert.deepEqual(channel.take(), ['+c.d', '-gone.b', '-e.f']);
});

test('what routers have already is checked at once, whatever delay new applications are given', async () => {
  const { engine, channel, source } = engineBed();
  const slow = { check: tcpProbe({ startDelay: 600_000 }) };
  const known = busRoute('a.b', slow);
  engine.inherit({ ...NOTHING_LEFT, announced: [known.announcement as BusAnnouncement] });
  source.wants(known, busRoute('c.d', slow, '10.0.0.2:80'));
  await settled();
  assert.deepEqual(channel.take(), ['+a.b']);
});

test('an agent leaves what routers believe, and what they could not be told is gone', () => {
  const { engine, channel, source } = engineBed();
  source.wants(busRoute('a.b'), busRoute('c.d', {}, '10.0.0.2:80'), busRoute('e.f', {}, '10.0.0.3:80'));
  void engine.drain(({ route }) => route.name === 'a.b', 'command');
  channel.state = 'away';
  source.wants(busRoute('a.b'), busRoute('c.d', {}, '10.0.0.2:80'));
  const { drained, announced } = engine.legacy;
  assert.deepEqual([drained, announced.map(({ uris }) => uris.join())], [['a.b'], ['c.d', 'e.f']]);
});

test('a drain with several causes ends with the last of them', () => {
  const { engine, channel, source } = engineBed();
  source.wants(busRoute('a.b'));
  void engine.drain(() => true, 'command');
  void engine.drain(() => true, 'file');
  channel.take();
  engine.release(() => true, 'command');
  assert.deepEqual(channel.take(), []);
  engine.release(() => true, 'file');
  assert.deepEqual(channel.take(), ['+a.b']);
});

test('a source may drain its routes, and take that back', () => {
  const { clock, channel, source, events } = engineBed();
  const route = busRoute('a.b');
  source.wants(route);
  source.wants([route, 'draining']);
  assert.deepEqual(channel.take(), ['+a.b', '-a.b']);
  clock.pass(20_100);
  assert.ok(events.some(({ kind }) => kind === 'drained'));
  source.wants(route);
  assert.equal(channel.take().at(-1), '+a.b');
});

test('nothing is said to a bus that is away; when it is back all is said, and what went meanwhile is taken back', () => {
  const { engine, clock, channel, source } = engineBed();
  source.wants(busRoute('a.b'), busRoute('c.d', {}, '10.0.0.1:81'));
  channel.take();
  channel.state = 'away';
  source.wants(busRoute('a.b'));
  clock.pass(60_000);
  assert.deepEqual(channel.take(), []);
  channel.state = 'ready';
  engine.answer('bus');
  clock.pass(100);
  assert.deepEqual(channel.take(), ['-c.d', '+a.b']);
});

test('a route that fell ill while its bus was away is unregistered as soon as that is back', async () => {
  const { engine, clock, channel, source, answer } = engineBed();
  answer(FAILED);
  channel.state = 'away';
  source.wants(busRoute('a.b', { check: SCRIPT }));
  await settled();
  channel.state = 'ready';
  engine.answer('bus');
  clock.pass(100);
  assert.deepEqual(channel.take(), ['-a.b']);
  engine.answer('bus');
  clock.pass(100);
  assert.deepEqual(channel.take(), []);
});

test('the end unregisters every route once, also one that is not healthy; leaving takes nothing back', async () => {
  const first = engineBed();
  first.source.wants(busRoute('a.b'), busRoute('c.d', { check: SCRIPT }, '10.0.0.1:81'));
  first.channel.take();
  assert.equal(await first.engine.stop('unregister'), true);
  assert.deepEqual(first.channel.take(), ['-a.b', '-c.d']);
  first.clock.pass(60_000);
  assert.deepEqual(first.channel.take(), []);
  const second = engineBed();
  second.source.wants(busRoute('a.b'));
  second.channel.take();
  assert.equal(await second.engine.stop('leave'), true);
  assert.deepEqual(second.channel.take(), []);
});

test('the end is no success while nobody hears it', async () => {
  const { engine, channel, source } = engineBed();
  source.wants(busRoute('a.b'));
  channel.state = 'away';
  assert.equal(await engine.stop('unregister'), false);
});

test('two sources that want the same endpoint do not take it from each other', () => {
  const { engine, channel, source } = engineBed();
  source.wants(busRoute('a.b'));
  engine.follow({
    name: 'more',
    start: (want) => want([{ route: busRoute('a.b', { name: 'twin' }), standing: 'serving' }]),
    stop() {},
  });
  channel.take();
  source.wants();
  assert.deepEqual(channel.take(), []);
});
