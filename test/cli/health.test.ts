import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { Backend } from '../support/backend.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';

async function ask(t: TestContext, ...args: string[]) {
  const command = new CellgateProcess(t, ['health', ...args]);
  const [code] = await command.exited;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

const HEALTHY = { code: 0, stdout: 'healthy\n', stderr: '' };

function usage(...args: string[]): string {
  const parsed = parseArguments(['health', ...args]);
  assert.ok(parsed.kind === 'usage-error', JSON.stringify(parsed));
  assert.equal(parsed.exitCode, 64);
  return parsed.message;
}

describe('cellgate health', () => {
  test('says that a router starts, is healthy, drains, and is gone', async (t) => {
    const port = await freePort();
    const config = { status: { port }, start_response_delay_interval: '1h', drain_wait: '1h' };
    const url = `http://127.0.0.1:${port}`;
    const starting = CellgateProcess.router(t, config);
    await starting.until('"starting"');
    // It is asked until somebody answers: the health address is the first that a router opens.
    let early = await ask(t, '--url', url);
    while (early.stderr.includes('no answer')) early = await ask(t, '--url', url);
    assert.deepEqual(early, {
      code: 1,
      stdout: '',
      stderr: 'cellgate: not healthy: it has only begun to start, or drains\n',
    });
    starting.kill('SIGKILL');
    await starting.exited;

    const router = CellgateProcess.router(t, { ...config, start_response_delay_interval: '0s' });
    await router.started();
    assert.deepEqual(await ask(t, '--url', url), HEALTHY);
    const file = configFile(t, `status: {port: ${port}}\n`);
    assert.deepEqual(await ask(t, '-c', file), HEALTHY);

    router.kill('SIGUSR1');
    await router.logged('gorouter-draining');
    const draining = await ask(t, '-c', file);
    assert.deepEqual([draining.code, draining.stderr], [1, early.stderr]);
    router.kill('SIGTERM');
    await router.exited;
    const gone = await ask(t, '-c', file);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /^cellgate: no answer at http:\/\/127\.0\.0\.1:\d+\/health \(ECONNREFUSED\): /);
  });

  test('asks over TLS where that is the only health address', async (t) => {
    const { cert, key } = new Authority().issue({ names: 'DNS:router.test' });
    const config = {
      status: { enable_nontls_health_checks: false, tls: { port: await freePort(), certificate: cert, key } },
    };
    await CellgateProcess.router(t, config).started();
    assert.deepEqual(await ask(t, '-c', configFile(t, JSON.stringify(config))), HEALTHY);
  });

  test('gives up on what takes the question and never answers', async (t) => {
    const silent = await Backend.start(t, () => undefined);
    const { code, stderr } = await ask(t, '--url', `http://127.0.0.1:${silent.port}`);
    assert.equal(code, 1);
    assert.match(stderr, /^cellgate: no answer at .* within 3 s: /);
    assert.match(silent.requests[0]!.start, /^GET \/health /);
  });

  test('is not taken in by another server, nor by a configuration that does not say where to ask', async (t) => {
    const other = await Backend.start(t, () => 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    const { stderr } = await ask(t, '--url', `http://127.0.0.1:${other.port}/elsewhere?x=1`);
    assert.match(stderr, /is no health address \(status 404\)/);
    assert.match(other.requests[0]!.start, /^GET \/elsewhere\?x=1 /);
    const unknown = await ask(t, '-c', configFile(t, 'status: {port: 0}\n'));
    assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
    assert.match(unknown.stderr, /^cellgate: the configuration has no health address .*--url URL\n$/);
    const broken = await ask(t, '-c', configFile(t, 'port: http\n'));
    assert.match(broken.stderr, /^cellgate: Error loading config: /);
  });

  test('a command line that means nothing ends with 64', () => {
    assert.match(usage('x'), /unexpected argument "x"/);
    assert.match(usage('--url', 'localhost:8080'), /needs http:\/\/HOST:PORT/);
    assert.match(usage('--url', 'http://a:1', '-c', 'x.yml'), /give one of them/);
    assert.match(usage('--frob'), /unknown option/);
    assert.equal(parseArguments(['health', '-h']).kind, 'help');
  });
});
