import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { isLiteralSubject, isValidSubject } from '../../src/bus/embedded/subject.ts';
import { type Subscribed, SubscriptionIndex } from '../../src/bus/embedded/subscriptions.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

interface Entry extends Subscribed {
  readonly id: number;
}

/** The rule itself, token by token. */
function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined || subject.length === 0) return first === undefined && subject.length === 0;
  if (first === '>') return true;
  return (first === '*' || first === subject[0]) && matches(rest, subject.slice(1));
}

function expectedIds(entries: readonly Entry[], subject: string): { plain: number[]; groups: number[][] } {
  const hits = entries.filter((entry) => matches(entry.subject.split('.'), subject.split('.')));
  const groups = Map.groupBy(
    hits.filter((entry) => entry.queue !== ''),
    (entry) => entry.queue,
  );
  return {
    plain: ids(hits.filter((entry) => entry.queue === '')),
    groups: sorted([...groups.values()].map(ids)),
  };
}

function actualIds(index: SubscriptionIndex<Entry>, subject: string) {
  const { plain, groups } = index.match(subject);
  return { plain: ids(plain), groups: sorted(groups.map(ids)) };
}

function ids(entries: readonly Entry[]): number[] {
  return entries.map((entry) => entry.id).sort((a, b) => a - b);
}

function sorted(groups: number[][]): number[][] {
  return groups.sort((a, b) => a[0]! - b[0]!);
}

const token = fc.constantFrom('a', 'b', 'ab');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 4 }),
    fc.oneof(token, fc.constantFrom('*', '>')),
  )
  .map(([tokens, last]) => [...tokens, last].join('.'));
const entries = fc
  .array(fc.record({ subject: pattern, queue: fc.constantFrom('', '', 'q', 'r') }), { maxLength: 30 })
  .map((list) => list.map((entry, id): Entry => ({ ...entry, id })));

test('the index finds what checking every subscription finds, also after some are gone', () => {
  fc.assert(
    fc.property(
      entries,
      fc.func(fc.boolean()),
      fc.array(subject, { maxLength: 8 }),
      (all, goes, subjects) => {
        const index = new SubscriptionIndex<Entry>();
        for (const entry of all) index.add(entry);
        for (const text of subjects) assert.deepEqual(actualIds(index, text), expectedIds(all, text));
        const [gone, left] = [all.filter((entry) => goes(entry.id)), all.filter((entry) => !goes(entry.id))];
        for (const entry of gone) index.remove(entry);
        for (const text of subjects) assert.deepEqual(actualIds(index, text), expectedIds(left, text));
        assert.equal(index.size, left.length);
      },
    ),
  );
});

test('removing twice, or what was never added, changes nothing', () => {
  const index = new SubscriptionIndex<Entry>();
  const kept = { subject: 'a.*', queue: '', id: 1 };
  const gone = { subject: 'a.>', queue: '', id: 2 };
  index.add(kept);
  index.add(gone);
  index.remove(gone);
  index.remove(gone);
  index.remove({ subject: 'x.y.z', queue: '', id: 3 });
  assert.equal(index.size, 1);
  assert.deepEqual(actualIds(index, 'a.b'), { plain: [1], groups: [] });
});

test('a subject that cannot be published to matches nothing', () => {
  const index = new SubscriptionIndex<Entry>();
  for (const [id, text] of ['>', '*', '*.*', 'a.>'].entries()) index.add({ subject: text, queue: '', id });
  for (const text of ['', '.', 'a.', '.a', 'a..b', '*', '>', 'a.*', 'a.>']) {
    assert.deepEqual(index.match(text), { plain: [], groups: [] }, text);
  }
});

test('a thousand tokens deep is deep enough for the longest control line', () => {
  const index = new SubscriptionIndex<Entry>();
  const deep = Array.from({ length: 2040 }, () => 'a').join('.');
  for (const [id, text] of [deep, deep.replaceAll('a', '*'), 'a.>'].entries()) {
    index.add({ subject: text, queue: '', id });
  }
  assert.deepEqual(actualIds(index, deep).plain, [0, 1, 2]);
});

/** Bytes that `make` leaves on the heap. */
function heldBy(make: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const held = make();
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  assert.ok(held);
  return bytes;
}

test('a subject costs its text and little more, however many tokens it has and shares', () => {
  const random = (tokens: number) =>
    Array.from({ length: tokens }, () => 'abcdefghij*'[Math.floor(Math.random() * 11)]).join('.');
  const texts = Array.from({ length: 400 }, (_, id) => random(id % 2 === 0 ? 2000 : 20));
  const all = texts.map((text, id): Entry => ({ subject: text, queue: '', id }));
  const index = new SubscriptionIndex<Entry>();
  const bytes = heldBy(() => {
    for (const entry of all) index.add(entry);
    return index;
  });
  assert.ok(bytes < 1024 * 1024, `${bytes} bytes`);
  for (const entry of all) index.remove(entry);
  for (const text of ['a', random(20), texts[0]!]) {
    assert.deepEqual(index.match(text.replaceAll('*', 'x')), { plain: [], groups: [] });
  }
});

test('subjects are valid by their tokens', () => {
  for (const text of ['a', 'a.b', 'router.register', 'a*', 'a>b', '*a', '_INBOX.x', 'ü.ä']) {
    assert.ok(isValidSubject(text) && isLiteralSubject(text), text);
  }
  for (const text of ['*', '>', 'a.*', '*.a', 'a.>', '*.>']) {
    assert.ok(isValidSubject(text) && !isLiteralSubject(text), text);
  }
  for (const text of ['', '.', 'a.', '.a', 'a..b', '>.a', 'a.>.b']) {
    assert.ok(!isValidSubject(text) && !isLiteralSubject(text), text);
  }
});
