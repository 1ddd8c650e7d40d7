import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/schema.ts';

function read(text: string): { config: Config; warnings: readonly string[] } {
  const result = parseConfig(text, 'gorouter.yml');
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

/** Of the file `status: {…}`. */
function status(text: string): Config['status'] {
  return read(text).config.status;
}

const SCALARS = ['0123', '007', '22', '1_000', '0x10', 'true', 'yes', 'no', '1.50', '1e3', "'0123'", '"a b"'];

test('§5.1 a scalar through an anchor is the text that one written out would be', () => {
  for (const scalar of SCALARS) {
    const written = status(`status: {pass: ${scalar}}`).pass;
    assert.equal(status(`common: &p ${scalar}\nstatus: {pass: *p}`).pass, written, scalar);
    assert.equal(status(`common: &m {pass: ${scalar}}\nstatus: {<<: *m}`).pass, written, scalar);
    assert.equal(
      status(`common: &m {pass: ${scalar}}\nstatus: {<<: [*m, {pass: x}], user: u}`).pass,
      written,
      scalar,
    );
  }
});

test('an anchor may be text in one place and a number in another', () => {
  const { status } = read('index: &n 0017\nstatus: {pass: *n, port: *n}\n').config;
  assert.deepEqual([status.pass, status.port], ['0017', 15]);
});

test('lists and mappings come through anchors whole, with their texts as written', () => {
  const { config } = read(
    'extra_headers_to_log: &l [01, yes]\nisolation_segments: *l\nstatus: &s {pass: 01}\nx: {y: *s}\n',
  );
  assert.deepEqual(config.isolation_segments, ['01', 'yes']);
  assert.deepEqual(config.extra_headers_to_log, ['01', 'yes']);
});

test('what stands in a mapping goes before what is merged into it, and earlier merges before later ones', () => {
  const merged = status(
    'a: &a {port: 1, host: h}\nb: &b {port: 2, user: u}\nstatus: {<<: [*a, *b], host: own}',
  );
  assert.deepEqual([merged.port, merged.host, merged.user], [1, 'own', 'u']);
});

test('§5.3 what is wrong behind an anchor is told with the line on which it is written', () => {
  const result = parseConfig('common: &m\n  port: x\nstatus:\n  <<: *m\n', 'gorouter.yml');
  assert.ok(!result.ok);
  assert.deepEqual(result.problems, [
    'gorouter.yml:2: status.port: expected a port number, 0 to 65535, found "x" (text)',
  ]);
  assert.deepEqual(read('common: &m\n  prot: 1\nstatus:\n  <<: *m\n').warnings, [
    'gorouter.yml:1: common: unknown key, ignored',
    'gorouter.yml:2: status.prot: unknown key, ignored; did you mean status.port?',
  ]);
});

test('any mapping means the same written out, behind an anchor, and merged', () => {
  const keys = fc.record({
    pass: fc.constantFrom(...SCALARS),
    user: fc.constantFrom(...SCALARS),
    port: fc.constantFrom('80', '0x50', '1_0', '010'),
  });
  fc.assert(
    fc.property(keys, (found) => {
      const flow = `{${Object.entries(found).map(([key, value]) => `${key}: ${value}`)}}`;
      const written = status(`status: ${flow}`);
      assert.deepEqual(status(`common: &m ${flow}\nstatus: *m`), written);
      assert.deepEqual(status(`common: &m ${flow}\nstatus: {<<: *m}`), written);
    }),
    { numRuns: 50 },
  );
});
