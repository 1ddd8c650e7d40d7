import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseArguments } from '../../src/cli/arguments.ts';
import { parseConfig } from '../../src/config/read.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';

test('check takes a file as the router does', () => {
  assert.deepEqual(parseArguments(['check', '-c', 'a.yml']), { kind: 'check', configFile: 'a.yml' });
  assert.equal(parseArguments(['check', '--help']).kind, 'help');
  assert.equal(parseArguments(['check', 'a.yml']).kind, 'usage-error');
});

test('§5.1 check prints the configuration in force, with its secrets hidden, and ends with 0', async (t) => {
  const secrets = ['nats-hunter2', 'status-hunter2', 'oauth-hunter2', 'service-hunter2'];
  const path = configFile(
    t,
    `nats: {pass: ${secrets[0]}}
status: {user: u, pass: ${secrets[1]}}
oauth: {client_secret: ${secrets[2]}}
route_services_secret: ${secrets[3]}
endpoint_timeout: 1500ms
ports: 3
cellgate: {defaults: recommended, proxy_threads: 2}
`,
  );
  const check = new CellgateProcess(t, ['check', '-c', path]);
  assert.deepEqual(await check.exited, [0, null]);
  for (const secret of secrets) assert.ok(!(check.stdout + check.stderr).includes(secret), secret);
  const printed = parse(check.stdout);
  assert.equal(printed.endpoint_timeout, '1500ms');
  assert.equal(printed.drain_timeout, '1500ms');
  assert.equal(printed.drain_wait, '20s');
  assert.equal(printed.nats.pass, '(hidden)');
  assert.equal(printed.route_services_secret_decrypt_only, '');
  assert.match(check.stderr, /^cellgate: warning: .*:6: ports: unknown key/m);
  const again = parseConfig(check.stdout, 'again.yml');
  assert.ok(again.ok, JSON.stringify(again));
  assert.deepEqual(
    again.warnings.filter((warning) => warning.includes('unknown')),
    [],
  );
});

test('§5.3 check says every problem of a file and ends with 1', async (t) => {
  const path = configFile(t, 'drain_wait: soon\ndisable_http: x\n');
  const check = new CellgateProcess(t, ['check', '-c', path]);
  assert.deepEqual(await check.exited, [1, null]);
  assert.equal(check.stdout, '');
  const lines = check.stderr.trimEnd().split('\n');
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^cellgate: Error loading config: .*\.yml:[12]: /);
});
