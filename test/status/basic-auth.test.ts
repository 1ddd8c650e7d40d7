import assert from 'node:assert/strict';
import { test } from 'vitest';
import { authorized } from '../../src/status/basic-auth.ts';

const CREDENTIALS = { user: 'admin', pass: 'pässword' };

function basic(text: string, scheme = 'Basic'): string {
  return `${scheme} ${Buffer.from(text).toString('base64')}`;
}

test('§6.2 the right credentials are let in', () => {
  assert.ok(authorized(basic('admin:pässword'), CREDENTIALS));
});

test('everything else is kept out', () => {
  for (const header of [
    undefined,
    '',
    'Basic',
    'Basic ',
    'Basic ???',
    basic('admin:wrong'),
    basic('wrong:pässword'),
    basic('admin:pässword:'),
    basic('admin'),
    basic(':'),
    basic('admin:pässword', 'basic'),
    basic('admin:pässword', 'Bearer'),
  ]) {
    assert.ok(!authorized(header, CREDENTIALS), header ?? 'no header');
  }
});

test('§6.2 nobody is let in without a configured user and password', () => {
  assert.ok(!authorized(basic(':'), { user: '', pass: '' }));
  assert.ok(!authorized(basic('admin:'), { user: 'admin', pass: '' }));
  assert.ok(!authorized(basic(':secret'), { user: '', pass: 'secret' }));
});
