import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { parseArguments } from '../../src/cli/arguments.ts';
import { parseConfig } from '../../src/config/read.ts';
import { CellgateProcess, configFile, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { ORDINARY_USER, unlessRefused } from '../support/ordinary-user.ts';
import { LOCAL } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

test('check takes a file as the router does, or as its operand', () => {
  const plain = { kind: 'check', print: false, fileOnly: false };
  assert.deepEqual(parseArguments(['check']), { ...plain, configFile: null });
  assert.deepEqual(parseArguments(['check', '-c', 'a.yml']), { ...plain, configFile: 'a.yml' });
  assert.deepEqual(parseArguments(['check', 'a.yml', '--print', '--file-only']), {
    kind: 'check',
    configFile: 'a.yml',
    print: true,
    fileOnly: true,
  });
  assert.equal(parseArguments(['check', '--help']).kind, 'help');
  for (const surplus of [
    ['a.yml', 'b.yml'],
    ['a.yml', '-c', 'b.yml'],
  ]) {
    assert.equal(parseArguments(['check', ...surplus]).kind, 'usage-error');
  }
});

test('§5.1 check --print prints the configuration in force, with its secrets hidden, and ends with 0', async (t) => {
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
  const check = new CellgateProcess(t, ['check', '--file-only', '--print', '-c', path]);
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

/** Of a file that is checked against this machine. */
async function checked(t: TestContext, config: object) {
  const local = { ...LOCAL, port: await freePort(), ...config };
  const command = new CellgateProcess(t, ['check', configFile(t, JSON.stringify(local))]);
  const [code] = await command.exited;
  return { code, stdout: command.stdout, faults: command.stderr.trimEnd().split('\n') };
}

const VALID = { code: 0, stdout: 'valid\n', faults: [''] };

describe('check says of a file that is in order what a start on this machine would find:', () => {
  test('nothing', async (t) => {
    const file = join(temporaryDirectory(t), 'access.log');
    assert.deepEqual(await checked(t, { access_log: { file } }), VALID);
    assert.ok(!existsSync(file));
  });

  test('folders that are missing, and files that cannot be read', async (t) => {
    const { code, stdout, faults } = await checked(t, {
      access_log: { file: '/no/such/folder/access.log' },
      html_error_template_file: '/no/such/page.html',
      cellgate: { ...LOCAL.cellgate, admin: { socket: `${fileURLToPath(import.meta.url)}/admin.sock` } },
    });
    assert.deepEqual([code, stdout], [1, '']);
    assert.deepEqual(faults, [
      'cellgate: Could not read HTML error template file: open /no/such/page.html: no such file or directory',
      'cellgate: access_log.file: there is no folder /no/such/folder: make it, or name another',
      `cellgate: cellgate.admin.socket: no folder is ${fileURLToPath(import.meta.url)}: make it, or name another`,
    ]);
  });

  test('addresses that are none, and what OpenSSL does not take', async (t) => {
    const { cert, key } = new Authority().issue();
    const { code, stdout, faults } = await checked(t, {
      enable_ssl: true,
      ssl_port: 0,
      cipher_suites: 'RC4-SHA',
      max_tls_version: 'TLSv1.2',
      client_cert_validation: 'none',
      tls_pem: [{ cert_chain: cert, private_key: key }],
      access_log: { enable_streaming: true },
      logging: { ...LOCAL.logging, syslog_addr: 'syslog.test:x', metron_address: 'metron.test' },
      enable_envelope_v1_metrics: true,
      debug_addr: 'here',
    });
    assert.deepEqual([code, stdout], [1, '']);
    const [tls, ...others] = faults;
    assert.match(tls!, /^cellgate: tls_pem: not usable for TLS: /);
    assert.deepEqual(others, [
      'cellgate: logging.syslog_addr is "syslog.test:x": must be host:port',
      'cellgate: logging.metron_address is "metron.test": must be host:port',
      'cellgate: warning: debug_addr is "here": must be host:port',
    ]);
  });

  test('ports that others have, with a warning, since it may be this router, and a port that is given twice', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const warned = await checked(t, { port });
    assert.deepEqual([warned.code, warned.stdout], [0, 'valid\n']);
    assert.match(
      warned.faults[0]!,
      new RegExp(`^cellgate: warning: port: 127\\.0\\.0\\.1:${port} is in use`),
    );
    const free = await freePort();
    const twice = await checked(t, { port: free, status: { ...LOCAL.status, port: free } });
    assert.equal(twice.code, 1);
    assert.deepEqual(twice.faults, [
      `cellgate: port: ${free} is the port of status.port too: choose another`,
    ]);
  });

  test('certificates that have expired, or are not valid yet', async (t) => {
    const authority = new Authority();
    const [old, early] = [authority.issue({ days: [-9, -1] }), authority.issue({ days: [2, 9] })];
    const { code, faults } = await checked(t, {
      backends: { cert_chain: old.cert, private_key: old.key },
      enable_ssl: true,
      ssl_port: 0,
      cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      client_cert_validation: 'none',
      tls_pem: [{ cert_chain: early.cert, private_key: early.key }],
    });
    assert.equal(code, 0);
    const text = faults.join('\n');
    assert.match(text, /warning: backends\.cert_chain: the certificate has expired on \d{4}-\d\d-\d\d: /);
    assert.match(
      text,
      /warning: tls_pem\[0\]\.cert_chain: the certificate is not valid before \d{4}-\d\d-\d\d: /,
    );
  });

  test('and nothing of all that for a file that is meant for another', async (t) => {
    const path = configFile(t, 'access_log: {file: /no/such/folder/access.log}\n');
    const command = new CellgateProcess(t, ['check', '--file-only', path]);
    assert.deepEqual(await command.exited, [0, null]);
    assert.deepEqual([command.stdout, command.stderr], ['valid\n', '']);
  });
});

test(
  'a port below 1024 is refused to an ordinary user, with the way out',
  skipFor(unlessRefused(80)),
  async (t) => {
    const router = CellgateProcess.router(t, { port: 80 }, {}, ORDINARY_USER);
    assert.deepEqual(await router.exited, [1, null]);
    assert.match(
      router.stderr,
      /^cellgate: port 80 needs more rights .*: .* CAP_NET_BIND_SERVICE .*docs\/installing\.md/m,
    );
  },
);
