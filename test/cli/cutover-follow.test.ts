import assert from 'node:assert/strict';
import { test } from 'vitest';
import { farewell, follow, notesAfter } from '../../src/cli/cutover-follow.ts';
import { cutoverSeen } from '../../src/cli/cutover-state.ts';

const notes = Array.from({ length: 5 }, (_, at) => ({
  at: `2026-11-29T10:00:0${at}.000Z`,
  text: `note ${at}`,
}));

test('every note is said once, also where the oldest are kept no more', () => {
  assert.deepEqual(notesAfter(null, notes), notes);
  assert.deepEqual(notesAfter(notes[2]!, notes), notes.slice(3));
  assert.deepEqual(notesAfter(notes[2]!, notes.slice(2)), notes.slice(3));
  assert.deepEqual(notesAfter(notes[2]!, notes.slice(3)), notes.slice(3));
  assert.deepEqual(notesAfter(notes[4]!, notes), []);
});

test('of a router that has fewer of them nothing is said again', () => {
  assert.deepEqual(notesAfter(notes[4]!, notes.slice(0, 2)), []);
});

test('two notes of one moment are both said, and a clock that is behind hides none', () => {
  const { at } = notes[4]!;
  const all = [
    ...notes,
    { at, text: 'another' },
    { at: notes[0]!.at, text: 'of a driver whose clock is behind' },
  ];
  assert.deepEqual(notesAfter(notes[4]!, all), all.slice(5));
});

for (const json of [false, true]) {
  test(`what a router tells is shown, and the terminal does not obey it${json ? ', as JSON' : ''}`, async () => {
    const hostile = '\u009b2J\x1b]0;owned\x07\u202e';
    const seen = cutoverSeen({
      id: 'an-id',
      route: `shop${hostile}`,
      from: `app:blue${hostile}`,
      to: `app:green${hostile}`,
      phase: { name: 'done', reason: hostile },
      weights: { to: 10_000 },
      exit: 0,
      notes: [{ at: hostile, text: hostile }],
    })!;
    const written: string[] = [];
    const out = { isTTY: true, write: (text: string) => written.push(text) };
    assert.equal(await follow(null, seen, json, { out, error: () => {} }), 0);
    const shown = written.join('') + farewell(seen).join('');
    assert.match(shown, /^[\x20-\x7e\n]+$/);
    if (json) assert.equal(JSON.parse(written[0]!.trim()).text, hostile);
  });
}
