import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';

function warnings(file: object): string {
  const read = parseConfig(JSON.stringify(file), 'f.yml');
  assert.ok(read.ok, JSON.stringify(read));
  return read.warnings.join('\n');
}

test('a bus of its own that others reach without a password is warned of', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    assert.match(
      warnings({ nats: { hosts: [] }, cellgate: { bus: { host } } }),
      new RegExp(
        `^f\\.yml.*: cellgate\\.bus\\.host: ${RegExp.escape(host)} is not loopback: whoever reaches`,
      ),
    );
  }
});

test('one that is for this machine, that asks for a password, or that is none is not', () => {
  const bus = { host: '0.0.0.0' };
  for (const file of [
    { cellgate: { bus: { host: '127.0.0.1' } }, nats: { hosts: [] } },
    { cellgate: { bus }, nats: { hosts: [], user: 'u', pass: 'p' } },
    { cellgate: { bus }, nats: { hosts: [{ hostname: '192.0.2.2', port: 4222 }] } },
  ]) {
    assert.doesNotMatch(warnings(file), /whoever reaches the bus/);
  }
});
