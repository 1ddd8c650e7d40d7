import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesAfter } from '../../src/cli/cutover-follow.ts';

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
