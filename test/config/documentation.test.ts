import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { defaultsNamed, valueAt } from '../../src/config/defaults.ts';
import { describeConfig } from '../../src/config/describe.ts';
import { jsonSchemaText } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/read.ts';
import { Authority } from '../support/certificates.ts';
import { GOROUTER_DEFAULTS } from '../support/gorouter-defaults.ts';

const EXAMPLE = readFileSync(new URL('../../deploy/gorouter.yml', import.meta.url), 'utf8');
const IDENTITY = readFileSync(new URL('../../deploy/identity.yml', import.meta.url), 'utf8');

test('docs/configuration.md says what the schema says', () => {
  const written = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(written, describeConfig(), 'run: npm run docs');
});

test('docs/gorouter.schema.json says what the schema says', () => {
  const written = readFileSync(new URL('../../docs/gorouter.schema.json', import.meta.url), 'utf8');
  assert.equal(written, jsonSchemaText(), 'run: npm run docs');
});

test('the JSON Schema and the router agree on what may stand under a key', () => {
  const schema = z.fromJSONSchema(JSON.parse(jsonSchemaText()));
  for (const text of [
    '{}',
    'port: 80',
    'port: http',
    'port: 65536',
    'drain_wait: 20s',
    'drain_wait: 1h2m3.5s',
    'drain_wait: soon',
    'drain_wait: 20',
    'disable_keep_alives: true',
    'disable_keep_alives: "yes"',
    'disable_keep_alives: perhaps',
    'hop_by_hop_headers_to_filter: B3',
    'hop_by_hop_headers_to_filter: [B3]',
    'hop_by_hop_headers_to_filter: {B3: 1}',
    'nats: {hosts: [{hostname: a, port: 1}]}',
    'nats: {hosts: [{hostname: a}]}',
    'balancing_algorithm: least-connection',
    'balancing_algorithm: best',
    'cellgate: {defaults: recommended}',
    'cellgate: {defaults: none}',
    'unheard_of: 1',
    EXAMPLE,
  ]) {
    assert.equal(schema.safeParse(parse(text)).success, parseConfig(text, 'gorouter.yml').ok, text);
  }
});

test('§5.2 every key of gorouter.yml is known and documented', () => {
  const written = describeConfig();
  for (const key of Object.keys(GOROUTER_DEFAULTS)) assert.ok(written.includes(`| \`${key}\` |`), key);
});

test("§5.2 a key that is left out has the default of gorouter's code", () => {
  const defaults = defaultsNamed('gorouter');
  for (const [key, value] of Object.entries(GOROUTER_DEFAULTS)) {
    assert.deepEqual(valueAt(defaults, key) ?? null, value, key);
  }
});

test('the example is free of problems and of keys that do nothing', () => {
  const read = parseConfig(EXAMPLE, 'gorouter.yml');
  assert.ok(read.ok);
  assert.deepEqual(read.warnings, []);
  assert.equal(read.config.cellgate.defaults, 'recommended');
});

test('the example with a domain lacks nothing but its certificates', () => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'DNS:*.apps.identity' });
  const [chain, , ca] = IDENTITY.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g)!;
  const secret = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/;
  const indented = (pem: string) => pem.trim().replaceAll('\n', '\n      ');
  const text = IDENTITY.replace(chain!, indented(cert))
    .replace(secret, indented(key))
    .replace(ca!, indented(authority.cert));
  const read = parseConfig(text, 'identity.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  assert.deepEqual(read.warnings, []);
  assert.equal(read.config.domains.length, 1);
});
