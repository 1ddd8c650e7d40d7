import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { readConfig } from '../../src/config/read.ts';

test('without a file everything listens on loopback and opens at once', () => {
  const result = readConfig(null);
  assert.ok(result.ok);
  assert.equal(result.config.status.host, '127.0.0.1');
  assert.equal(result.config.cellgate.listen_host, '127.0.0.1');
  assert.equal(result.config.cellgate.bus.host, '127.0.0.1');
  assert.equal(result.config.start_response_delay_interval, 0);
  assert.equal(result.config.port, 8081);
  assert.deepEqual(result.config.nats.hosts, []);
});

test('reads a file and names it in problems as the operator did', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cellgate-config-'));
  t.onTestFinished(() => rmSync(directory, { recursive: true }));
  const good = join(directory, 'good.yml');
  writeFileSync(good, '---\nport: 80\n');
  const read = readConfig(good);
  assert.ok(read.ok);
  assert.equal(read.config.port, 80);

  const bad = join(directory, 'bad.yml');
  writeFileSync(bad, 'port: 80\ndrain_wait: soon\n');
  assert.deepEqual(sentences(bad), [
    `${bad}:2: drain_wait: expected a duration like "120s", found "soon" (text)`,
  ]);
});

test('a file that cannot be read is one clear problem', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cellgate-config-'));
  t.onTestFinished(() => rmSync(directory, { recursive: true }));
  const missing = join(directory, 'missing.yml');
  assert.deepEqual(sentences(missing), [`${missing}: cannot be read: no such file or directory`]);
  assert.deepEqual(sentences(directory), [`${directory}: cannot be read: illegal operation on a directory`]);
});

function sentences(path: string): readonly string[] {
  const result = readConfig(path);
  return result.ok ? [] : result.problems;
}
