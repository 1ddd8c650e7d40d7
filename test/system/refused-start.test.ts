import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { CellgateProcess, configFile, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';

/** Until a start that is refused has ended: a second, and more where the machine is busy. Milliseconds. */
const MOST_TIME = 30_000;

/** Waits for the end; what was said must be one sentence. */
async function refusal(process: CellgateProcess): Promise<string> {
  const begun = performance.now();
  assert.deepEqual(await process.exited, [1, null]);
  const took = performance.now() - begun;
  assert.ok(took < MOST_TIME, `${took} ms`);
  assert.match(process.stderr, /^cellgate: [^\n]+\n$/);
  return process.stderr.slice('cellgate: '.length, -1);
}

/** A port somebody else listens on. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a port in use ends the start with one sentence:', () => {
  const ports: [string, (port: number) => object, RegExp][] = [
    ['http', (port) => ({ port }), /^port (\d+) is in use \(127\.0\.0\.1:\1\): choose another with port$/],
    [
      'status',
      (port) => ({ status: { port } }),
      /^status port (\d+) is in use \(127\.0\.0\.1:\1\): choose another with status\.port$/,
    ],
    [
      'routes',
      (port) => ({ status: { routes: { port } } }),
      /^routes port (\d+) is in use \(127\.0\.0\.1:\1\): choose another with status\.routes\.port$/,
    ],
    [
      'prometheus',
      (port) => ({ prometheus: { enabled: true, port } }),
      /^prometheus port (\d+) is in use \(127\.0\.0\.1:\1\): choose another with prometheus\.port$/,
    ],
    [
      'bus',
      (port) => ({ cellgate: { bus: { port } } }),
      /^bus: port (\d+) is in use \(127\.0\.0\.1:\1\): choose another with cellgate\.bus\.port$/,
    ],
  ];
  test('that of its own other door', async (t) => {
    const port = await freePort();
    const { cert, key } = new Authority().issue({ names: 'DNS:a.test' });
    const tls = { enable_ssl: true, ssl_port: port, tls_pem: [{ cert_chain: cert, private_key: key }] };
    const said = await refusal(CellgateProcess.router(t, { port, ...tls }));
    assert.equal(said, `port ${port} is in use (127.0.0.1:${port}): choose another with ssl_port`);
  });

  for (const [what, config, sentence] of ports) {
    test(what, async (t) => {
      const port = await takenPort(t);
      const said = await refusal(CellgateProcess.router(t, config(port)));
      assert.equal(sentence.exec(said)?.[1], String(port), said);
    });
  }
});

describe('two routers do not share a port:', () => {
  test('§5.4 the second is refused though proxy threads listen with SO_REUSEPORT', async (t) => {
    const { http } = await CellgateProcess.router(t).started();
    assert.match(await refusal(CellgateProcess.router(t, { port: http })), /^port \d+ is in use/);
  });

  test('one that has waited for its routes is refused when the port was taken in the meantime', async (t) => {
    const port = await freePort();
    const router = CellgateProcess.router(t, { port, start_response_delay_interval: '500ms' });
    await router.logged('Successfully-connected-to-nats');
    const other = createServer().listen({ port, host: '127.0.0.1', reusePort: true });
    t.onTestFinished(() => void other.close());
    assert.match(await refusal(router), /^port \d+ is in use/);
  });
});

test('a bus that cannot be reached ends the start with one sentence', async (t) => {
  const port = await freePort();
  const router = CellgateProcess.router(t, { nats: { hosts: [{ hostname: '127.0.0.1', port }] } });
  assert.equal(
    await refusal(router),
    `cannot connect to NATS at 127.0.0.1:${port} after 3 attempts: connection refused`,
  );
});

test('§5.4 an access log that cannot be opened ends the start with one sentence', async (t) => {
  const directory = temporaryDirectory(t);
  const missing = join(directory, 'missing', 'access.log');
  for (const [file, why] of [
    [directory, 'illegal operation on a directory'],
    [missing, 'no such file or directory'],
  ] as const) {
    const router = CellgateProcess.router(t, { access_log: { file } });
    assert.equal(await refusal(router), `access_log.file ${file} cannot be opened: ${why}`);
  }
});

test('§5.3 a configuration that is not there ends the start with one sentence', async (t) => {
  const path = join(temporaryDirectory(t), 'missing.yml');
  assert.equal(
    await refusal(new CellgateProcess(t, ['-c', path])),
    `Error loading config: ${path}: cannot be read: no such file or directory`,
  );
});

test('§6.7 broken YAML ends the start with one sentence that names the line, on both outputs', async (t) => {
  const path = configFile(t, 'port: 8081\nstatus: {port: 8080\nnats:\n  hosts: []\n');
  const router = new CellgateProcess(t, ['-c', path]);
  const said = await refusal(router);
  assert.match(said, new RegExp(`^Error loading config: ${RegExp.escape(path)}:\\d+:\\d+: broken YAML: `));
  // And in the log, which is all that is collected of many a router.
  const told = JSON.parse(router.stdout) as { message: string; log_level: number; data: { error: string } };
  assert.deepEqual([told.message, told.log_level], ['Error loading config:', 4]);
  assert.equal(`Error loading config: ${told.data.error}`, said);
});
