import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/schema.ts';
import { parseTcpRouterFile } from '../../src/config/tcp-router.ts';
import { configFile } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { GOROUTER_FILES, tcpRouterFiles } from '../support/rendered-files.ts';

function config(name: string): Config {
  const read = parseConfig(GOROUTER_FILES[name]!, 'gorouter.yml');
  assert.ok(read.ok, JSON.stringify(read));
  return read.config;
}

describe('§5.2 gorouter.yml as the BOSH job renders it is taken, and nothing said of it:', () => {
  for (const [name, text] of Object.entries(GOROUTER_FILES)) {
    test(name, () => {
      const read = parseConfig(text, 'gorouter.yml');
      assert.ok(read.ok, JSON.stringify(read));
      assert.deepEqual(read.warnings, []);
    });
  }
});

test('§5.2 times that the job writes as 0 are those of all requests, and negative ones no limit', () => {
  const { endpoint_timeout, http_1_endpoint_timeout, http_2_endpoint_timeout } = config('the defaults');
  assert.deepEqual([http_1_endpoint_timeout, http_2_endpoint_timeout], [endpoint_timeout, endpoint_timeout]);
  const endless = config('scaled up: more connections, longer and endless requests, smaller headers');
  assert.ok(endless.http_1_endpoint_timeout > 20 * 86_400_000);
  const short = config('scaled down: no kept connections, short times');
  assert.deepEqual([short.drain_timeout, short.http_1_endpoint_timeout], [0, 0]);
  assert.deepEqual([short.droplet_stale_threshold, short.nats_client_ping_interval], [500, 300]);
});

test('§5.2 keys of before 2025 mean what they meant', () => {
  const { max_request_header_bytes, prometheus, logging } = config('the defaults of 2024');
  assert.equal(max_request_header_bytes, 65_536);
  assert.deepEqual([prometheus.enabled, prometheus.port], [true, 9102]);
  assert.deepEqual([logging.syslog_network, logging.format.timestamp], ['udp', 'unix-epoch']);
});

test('§7.1 tcp_router.yml as the BOSH job renders it is taken, and nothing said of it', (t) => {
  const authority = new Authority();
  const { cert, key } = authority.issue();
  const files = tcpRouterFiles({
    ca: configFile(t, authority.cert),
    cert: configFile(t, cert),
    key: configFile(t, key),
    pair: configFile(t, cert + key),
  });
  for (const [name, text] of Object.entries(files)) {
    const read = parseTcpRouterFile(text, 'tcp_router.yml');
    assert.ok(read.ok, `${name}: ${JSON.stringify(read)}`);
    assert.deepEqual(read.warnings, [], name);
  }
});
