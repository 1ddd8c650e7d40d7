import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import { contenders } from '../../bench/contenders.ts';

const RIVALS = new URL('../../bench/rivals/', import.meta.url);

test('the lock file of the rivals names no other registry than that of npm', () => {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', RIVALS), 'utf8'));
  const elsewhere = Object.values<{ resolved?: string }>(packages)
    .map(({ resolved }) => resolved)
    .filter((url) => url !== undefined && !url.startsWith('https://registry.npmjs.org/'));
  assert.deepEqual(elsewhere, []);
});

test('each package among the rivals has its script and takes part', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', RIVALS), 'utf8'));
  const [own] = contenders({});
  const names = own.map(({ name }) => name);
  for (const name of ['fastify', 'fast-proxy', 'httpxy', 'http-proxy']) {
    assert.ok(dependencies[name], name);
    assert.ok(names.includes(name), name);
    const file = name === 'fastify' ? 'fastify-http-proxy.js' : `${name}.js`;
    assert.ok(existsSync(new URL(file, RIVALS)), file);
  }
});
