import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'vitest';
import { describeTcpRouterKeys } from '../../src/config/describe-tcp-router.ts';
import { parseTcpRouterFile } from '../../src/config/tcp-router.ts';
import { tcpRouterConfig } from '../../src/config/tcp-router-config.ts';
import { shardingNotice } from '../../src/config/tcp-router-sharding.ts';
import { configFile } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { TCP_FLAGS } from '../support/tcp-router-process.ts';

const authority = new Authority();

function parsed(text: string) {
  const read = parseTcpRouterFile(text, 'tcp_router.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  return read;
}

function problems(text: string): readonly string[] {
  const read = parseTcpRouterFile(text, 'tcp_router.yml');
  assert.ok(!read.ok);
  return read.problems;
}

/** The file as the BOSH job writes it. */
function boshFile(t: TestContext): string {
  const { cert, key } = authority.issue();
  return `---
oauth:
  token_endpoint: "uaa.service.cf.internal"
  client_name: "tcp_router"
  client_secret: "very secret"
  port: 8443
  skip_ssl_validation: false
  ca_certs: ${configFile(t, authority.cert)}

routing_api:
  uri: https://routing-api.service.cf.internal
  port: 3001
  auth_disabled: false
  client_cert_path: ${configFile(t, cert)}
  client_private_key_path: ${configFile(t, key)}
  ca_cert_path: ${configFile(t, authority.cert)}

haproxy_pid_file: /var/vcap/data/tcp_router/haproxy.pid
isolation_segments: [one, 22]
reserved_system_component_ports: [2822, 2825, 3457]
drain_wait: 20s
backend_tls:
  enabled: false
frontend_tls: []
`;
}

test("§7.1 cf-tcp-router's file is understood whole, and means the same in the words of gorouter.yml", (t) => {
  const { value, warnings } = parsed(boshFile(t));
  assert.deepEqual(warnings, []);
  const config = tcpRouterConfig(value, { ...TCP_FLAGS, syncInterval: 7000, defaultRouteExpiry: 60_000 });
  assert.deepEqual(config.isolation_segments, ['one', '22']);
  assert.equal(config.routing_table_sharding_mode, 'segments');
  assert.equal(config.drain_wait, 20_000);
  assert.equal(config.drain_timeout, 0);
  assert.equal(config.droplet_stale_threshold, 60_000);
  assert.equal(config.routing_api.uri, 'https://routing-api.service.cf.internal');
  assert.equal(config.routing_api.ca_certs, authority.cert);
  assert.match(config.routing_api.private_key, /PRIVATE KEY/);
  assert.equal(config.oauth.client_secret, 'very secret');
  assert.equal(config.cellgate.tcp.sync_interval, 7000);
  assert.equal(config.cellgate.tcp.subscription_retry_interval, 5000);
  assert.equal(config.cellgate.tcp.reservable_ports, '1024-65535');
  assert.deepEqual(
    config.cellgate.tcp.reserved_ports.filter((port) => port > 0),
    [2822, 2825, 3457],
  );
});

test('nothing has to be in the file, and then nothing but TCP routes has a port', () => {
  const { value } = parsed('');
  const { port, status, nats, cellgate } = tcpRouterConfig(value, TCP_FLAGS);
  assert.deepEqual([port, status.port, status.routes.port, cellgate.bus.port], [0, 0, 0, 0]);
  assert.deepEqual(nats.hosts, []);
});

test('§7.1 a negative drain_wait stands for 20 s, and none for no wait', () => {
  const wait = (text: string) => parsed(text).value.drain_wait;
  assert.deepEqual([wait('drain_wait: -1s'), wait(''), wait('drain_wait: 3s')], [20_000, 0, 3000]);
});

test('§7.1 problems name file, line and key; unknown keys are warned of', (t) => {
  assert.deepEqual(problems('routing_api:\n  port: x\ndrain_wait: soon\n'), [
    'tcp_router.yml:2: routing_api.port: expected a port number, 0 to 65535, found "x" (text)',
    'tcp_router.yml:3: drain_wait: expected a duration like "120s", found "soon" (text)',
  ]);
  assert.deepEqual(parsed('rooting_api: {uri: x}\n').warnings, [
    'tcp_router.yml:1: rooting_api: unknown key, ignored; did you mean routing_api?',
  ]);
  for (const uri of ['api.internal', 'ftp://api', 'https://user:pass@api', 'https://api/path']) {
    assert.deepEqual(problems(`routing_api:\n  uri: ${uri}\n  port: 3000\n`), [
      'tcp_router.yml:2: routing_api.uri: must be http://host or https://host',
    ]);
  }
  const { cert } = authority.issue();
  const { key } = authority.issue();
  const [certPath, keyPath] = [configFile(t, cert), configFile(t, key)];
  assert.deepEqual(
    problems(`routing_api:
  client_cert_path: ${certPath}
  client_private_key_path: ${keyPath}
  ca_cert_path: /missing/ca.pem
`),
    [
      'tcp_router.yml:2: routing_api.client_cert_path: Error loading key pair: tls: private key does not match public key',
      'tcp_router.yml:4: routing_api.ca_cert_path: /missing/ca.pem cannot be read: no such file or directory',
    ],
  );
  assert.match(
    problems(`routing_api:\n  client_cert_path: ${certPath}\n`)[0]!,
    /failed to find any PEM data in key/,
  );
  assert.match(
    problems('backend_tls:\n  enabled: true\n')[0]!,
    /Backend TLS was enabled but no CA certificates were specified$/,
  );
  const named = authority.issue({ names: 'DNS:a.test' });
  const backendTls = (ca: string, pair: string) => `backend_tls:
  enabled: true
  ca_cert_path: ${configFile(t, ca)}
  client_cert_and_key_path: ${configFile(t, pair)}
`;
  assert.ok(parseTcpRouterFile(backendTls(authority.cert, named.cert + named.key), 'a.yml').ok);
  const wrong = problems(backendTls(key, cert + key));
  assert.match(wrong[0]!, /:3: backend_tls\.ca_cert_path: no PEM certificates$/);
  assert.match(wrong[1]!, /:4: .*Unable to validate backend TLS client cert \+ key in file .*does not match/);
  const frontTls = (identity: { cert: string; key: string }) =>
    JSON.stringify({ frontend_tls: [{ name: 'a', cert_chain: identity.cert, private_key: identity.key }] });
  assert.ok(parseTcpRouterFile(frontTls(named), 'a.yml').ok);
  assert.match(problems(frontTls({ cert, key }))[0]!, /frontend_tls\.0\.cert_chain: .*does not match/);
  assert.match(
    problems(frontTls(named).replace('"a"', '"a/b"'))[0]!,
    /frontend_tls\.0\.name: allowed: letters/,
  );
  assert.match(problems(frontTls(authority.issue()))[0]!, /has no subject alternative name$/);
  assert.match(
    problems('cellgate:\n  status:\n    tls:\n      port: 443\n')[0]!,
    /^tcp_router\.yml:3: cellgate\.status\.tls\.certificate: /,
  );
});

test('docs/tcp-router.md says what the schema says', () => {
  const written = readFileSync(new URL('../../docs/tcp-router.md', import.meta.url), 'utf8');
  assert.equal(written, describeTcpRouterKeys(), 'run: npm run docs');
});

test('§7.1 whose routes are served is said where it is not chosen, and chosen by cellgate.routing_table_sharding_mode', () => {
  const chosen = (segments: string, mode = '') => {
    const key = mode === '' ? '' : `cellgate: {routing_table_sharding_mode: ${mode}}\n`;
    const { value } = parsed(`isolation_segments: ${segments}\n${key}`);
    const { routing_table_sharding_mode } = tcpRouterConfig(value, TCP_FLAGS);
    return [routing_table_sharding_mode, shardingNotice(value) !== ''];
  };
  assert.deepEqual(chosen('[]'), ['all', false]);
  assert.deepEqual(chosen('[one]'), ['segments', true]);
  for (const mode of ['all', 'segments', 'shared-and-segments']) {
    assert.deepEqual(chosen('[one]', mode), [mode, false]);
  }
  assert.deepEqual(problems('cellgate: {routing_table_sharding_mode: segments}'), [
    'tcp_router.yml:1: cellgate.routing_table_sharding_mode: is segments, but isolation_segments is empty',
  ]);
});
