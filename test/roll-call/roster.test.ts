import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { RollMessage } from '../../src/roll-call/roll-message.ts';
import { Roster } from '../../src/roll-call/roster.ts';

function message(id: string, more: Partial<RollMessage> = {}): RollMessage {
  const counts = { routes: 0, generation: 0, decisions: 0 };
  return { id, version: '1', address: '', ...counts, state: 'serving', ...more };
}

/** A roster that hears itself every five seconds. */
class Listening {
  readonly roster = new Roster({ id: 'self', interval: 5000 });
  now = 0;

  constructor() {
    this.hear('self');
  }

  hear(id: string, more: Partial<RollMessage> = {}) {
    return this.roster.hear(message(id, more), this.now);
  }

  /** Seconds, in which these ids speak. */
  pass(seconds: number, ...ids: string[]): void {
    for (const end = this.now + seconds * 1000; this.now < end; ) {
      this.now += 5000;
      for (const id of ['self', ...ids]) this.hear(id);
    }
  }

  get ids(): string[] {
    return this.roster.known(this.now).map(({ said, standing }) => `${said.id} ${standing}`);
  }
}

test('a router is late after 15 s of silence, and forgotten after a minute', () => {
  const heard = new Listening();
  assert.equal(heard.hear('a'), 'new');
  assert.equal(heard.hear('b'), 'new');
  heard.pass(15, 'b');
  assert.deepEqual(heard.ids, ['a present', 'b present']);
  heard.pass(5, 'b');
  assert.deepEqual(heard.ids, ['a late', 'b present']);
  assert.equal(heard.roster.known(heard.now)[0]!.heard, 20_000);
  heard.pass(40, 'b');
  assert.deepEqual(heard.ids, ['a late', 'b present']);
  heard.pass(5, 'b');
  assert.deepEqual(heard.ids, ['b present']);
  assert.equal(heard.hear('a'), 'new');
});

test('what a router said last is what counts, and a goodbye takes it away at once', () => {
  const heard = new Listening();
  heard.hear('a', { state: 'starting' });
  assert.equal(heard.hear('a', { routes: 7, state: 'draining' }), 'known');
  assert.deepEqual(
    heard.roster.known(heard.now).map(({ said }) => [said.routes, said.state]),
    [[7, 'draining']],
  );
  assert.equal(heard.hear('a', { state: 'leaving' }), 'left');
  assert.deepEqual(heard.ids, []);
  assert.equal(heard.hear('a', { state: 'leaving' }), 'known');
});

test('while a router does not hear itself, the silence of others says nothing', () => {
  const heard = new Listening();
  heard.hear('a');
  heard.now += 600_000;
  assert.deepEqual(heard.ids, ['a present']);
  heard.pass(20);
  assert.deepEqual(heard.ids, ['a present']);
  heard.pass(5);
  assert.deepEqual(heard.ids, ['a late']);
});

test('it is not known how many others there are until they have had two seconds to answer', () => {
  const roster = new Roster({ id: 'self', interval: 5000 });
  assert.equal(roster.others(10_000), null);
  roster.hear(message('self'), 10_000);
  assert.equal(roster.others(11_999), null);
  assert.equal(roster.others(12_000), 0);
  const early = new Roster({ id: 'self', interval: 5000 });
  early.hear(message('a'), 0);
  assert.equal(early.others(0), 1);
});

test('that there is no other is not known any more after a gap, or a lost connection, until they had the time again', () => {
  const heard = new Listening();
  heard.pass(5);
  assert.equal(heard.roster.others(heard.now), 0);
  heard.roster.interrupt();
  assert.equal(heard.roster.others(heard.now), null);
  heard.now += 100;
  heard.hear('self');
  assert.equal(heard.roster.others(heard.now + 1999), null);
  assert.equal(heard.roster.others(heard.now + 2000), 0);
  heard.now += 12_501;
  assert.equal(heard.roster.others(heard.now), null);
  heard.hear('self');
  assert.equal(heard.roster.others(heard.now), null);
  assert.equal(heard.roster.others(heard.now + 2000), 0);
  heard.hear('a');
  heard.roster.interrupt();
  assert.equal(heard.roster.others(heard.now), 1);
});

test('who says router.start and does not answer the roll-call is a gorouter', () => {
  const heard = new Listening();
  for (const id of ['self', 'gorouter', 'cellgate', 'left']) heard.roster.hearStart(id, heard.now);
  assert.deepEqual(heard.roster.gorouters(heard.now + 1999), []);
  heard.hear('cellgate');
  heard.hear('left');
  heard.hear('left', { state: 'leaving' });
  for (const id of ['cellgate', 'left']) heard.roster.hearStart(id, heard.now);
  assert.deepEqual(heard.roster.gorouters(heard.now + 2000), ['gorouter']);
  heard.pass(60);
  heard.roster.hearStart('gorouter', heard.now);
  heard.pass(90);
  assert.deepEqual(heard.roster.gorouters(heard.now), ['gorouter']);
  heard.pass(5);
  assert.deepEqual(heard.roster.gorouters(heard.now), []);
});

test('a flood of ids costs no more than a thousand routers, and none of those that are known', () => {
  const heard = new Listening();
  assert.equal(heard.hear('first'), 'new');
  for (let i = 0; i < 9999; i++) heard.hear(`flood-${i}`);
  for (let i = 0; i < 9999; i++) heard.roster.hearStart(`start-${i}`, heard.now);
  assert.equal(heard.ids.length, 1000);
  assert.equal(heard.hear('one more'), 'full');
  assert.equal(heard.hear('first'), 'known');
  assert.equal(heard.roster.gorouters(heard.now + 2000).length, 1000);
});
