import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseRegister, type RegisterCommand } from '../../src/cli/register-arguments.ts';

function command(...argv: string[]): RegisterCommand {
  const parsed = parseRegister(argv);
  assert.equal(parsed.kind, 'register', JSON.stringify(parsed));
  return parsed as RegisterCommand;
}

function message(...argv: string[]): string {
  const parsed = parseRegister(argv);
  assert.equal(parsed.kind, 'usage-error', JSON.stringify(parsed));
  return parsed.kind === 'usage-error' ? parsed.message : '';
}

/** What is not said on the command line. */
const UNSAID = {
  tcp: null,
  tlsPort: null,
  certificateName: '',
  protocol: '',
  app: null,
  instanceId: null,
  instanceIndex: null,
  isolationSegment: '',
  tags: {},
  loadBalancing: null,
  hashHeader: '',
  requestTimeout: '',
  routeServiceUrl: '',
};

test('the last operand is the endpoint, all before it are routes', () => {
  const { registration, bus, interval } = command('a.example.com', '*.example.com/path', '10.0.0.1:3000');
  assert.deepEqual(registration, {
    uris: ['a.example.com', '*.example.com/path'],
    host: '10.0.0.1',
    port: 3000,
    ...UNSAID,
  });
  assert.deepEqual(bus, { address: '127.0.0.1:4222', user: '', pass: '' });
  assert.equal(interval, null);
});

test('every option finds its place', () => {
  const { registration, bus, interval } = command(
    ...[
      'a.b',
      'app.internal:80',
      '--app',
      'guid',
      '--instance-id',
      'one',
      '--index',
      '3',
      '--interval',
      '2.5',
    ],
    ...['--tag', 'component=x', '--tag=formula=a=b', '--loadbalancing', 'least-connection'],
    ...['--bus', 'nats://me:p%40ss@bus.internal:4333'],
  );
  assert.deepEqual(registration, {
    uris: ['a.b'],
    host: 'app.internal',
    port: 80,
    ...UNSAID,
    app: 'guid',
    instanceId: 'one',
    instanceIndex: '3',
    tags: { component: 'x', formula: 'a=b' },
    loadBalancing: 'least-connection',
  });
  assert.deepEqual(bus, { address: 'bus.internal:4333', user: 'me', pass: 'p@ss' });
  assert.equal(interval, 2.5);
});

test('IPv6 addresses stand in brackets', () => {
  assert.equal(command('a.b', '[::1]:80').registration.host, '::1');
  assert.equal(command('a.b', 'c:1', '--bus', 'nats://[::1]').bus.address, '[::1]:4222');
  for (const target of ['::1:80', '[::1]', '[::g]:80', '[1.2.3.4]:80']) {
    assert.match(message('a.b', target), /where HOST:PORT of the application belongs/);
  }
});

test('what is no endpoint is named', () => {
  for (const target of [
    'localhost',
    'localhost:',
    ':80',
    'localhost:0',
    'localhost:65536',
    'http://localhost:80',
    'a b:1',
  ]) {
    assert.match(message('a.b', target), /where HOST:PORT of the application belongs/, target);
  }
  assert.match(message('a.b'), /at least one ROUTE, then HOST:PORT/);
  assert.match(message(), /at least one ROUTE, then HOST:PORT/);
});

test('what is no route is named', () => {
  for (const route of ['http://a.b', 'a b', 'a.*.b', '']) {
    assert.match(message(route, 'localhost:80'), /^route: found/, route);
  }
});

test('option values are checked', () => {
  assert.match(message('a.b', 'c:1', '--index', 'one'), /"--index" needs a number from 0, found "one"/);
  assert.match(message('a.b', 'c:1', '--interval', '0.5'), /"--interval" needs seconds from 1/);
  assert.match(message('a.b', 'c:1', '--interval', 'often'), /"--interval" needs seconds from 1/);
  assert.match(message('a.b', 'c:1', '--tag', 'x'), /"--tag" needs KEY=VALUE, found "x"/);
  assert.match(
    message('a.b', 'c:1', '--loadbalancing', 'best'),
    /needs one of round-robin, least-connection, hash, found "best"/,
  );
});

test('a bus that is no NATS URL is refused without repeating its password', () => {
  for (const bus of [
    'http://u:hunter2@h',
    'nats:hunter2',
    'u:hunter2@h:4222',
    'nats://u:hunter2%@h',
    'nats://u:hunter2@h:0',
    'nats://h:1/hunter2',
  ]) {
    const text = message('a.b', 'c:1', '--bus', bus);
    assert.match(text, /"--bus" needs a URL like nats:/);
    assert.ok(!text.includes('hunter2'), text);
  }
});

test('options for TLS, balancing, times and services find their places', () => {
  const { registration, check, busTls } = command(
    ...['a.b', '10.0.0.1:80', '--tls-port', '443', '--san', 'app.internal', '--protocol', 'http2'],
    ...['--loadbalancing', 'hash', '--hash-header', 'X-User', '--timeout', '1m30s'],
    ...[
      '--route-service',
      'https://service.example.com/x',
      '--isolation-segment',
      'blue',
      '--check',
      '/health',
    ],
    ...['--bus-ca', 'ca.pem', '--bus-cert', 'me.pem', '--bus-key', 'me.key'],
  );
  assert.deepEqual(registration, {
    ...UNSAID,
    uris: ['a.b'],
    host: '10.0.0.1',
    port: 80,
    tlsPort: 443,
    certificateName: 'app.internal',
    protocol: 'http2',
    isolationSegment: 'blue',
    loadBalancing: 'hash',
    hashHeader: 'X-User',
    requestTimeout: '90000ms',
    routeServiceUrl: 'https://service.example.com/x',
  });
  assert.ok(check?.kind === 'probe');
  assert.deepEqual(check.probe, {
    kind: 'http',
    host: '10.0.0.1',
    port: 443,
    tls: true,
    serverName: 'app.internal',
    path: '/health',
    headers: {},
    expect: [[200, 399]],
  });
  assert.deepEqual(busTls, { caPath: 'ca.pem', certPath: 'me.pem', keyPath: 'me.key' });
});

test('a TCP route has a port of the routers in the place of routes', () => {
  const { registration, check } = command(
    '--tcp',
    '5000',
    '--sni',
    'db.test',
    '10.0.0.1:5432',
    '--check',
    'tcp',
  );
  assert.deepEqual(registration.tcp, { port: 5000, serverName: 'db.test' });
  assert.deepEqual(registration.uris, []);
  assert.ok(check?.kind === 'probe');
  assert.deepEqual(check.probe, { kind: 'tcp', host: '10.0.0.1', port: 5432 });
  assert.match(message('--tcp', '5000'), /register --tcp needs HOST:PORT/);
  assert.match(message('--tcp', '5000', 'a.b', 'c:1'), /found the route "a.b" beside --tcp/);
  assert.match(message('--tcp', '0', 'c:1'), /"--tcp" needs a port from 1 to 65535, found "0"/);
  for (const option of [
    ['--app', 'x'],
    ['--tag', 'a=b'],
    ['--route-service', 'https://x'],
    ['--timeout', '1s'],
  ]) {
    assert.match(message('--tcp', '5000', 'c:1', ...option), /means nothing for a TCP route/);
  }
});

test('routes that could never match are refused with what to say instead', () => {
  assert.match(
    message('a.b:8080/x', 'c:1'),
    /routers look at no port, so it would never match; say "a.b\/x"$/,
  );
  assert.match(message('tcp:5000', 'c:1'), /which is no host: for a TCP route say --tcp 5000$/);
  assert.match(message('a.b/x#y', 'c:1'), /clients do not send what follows #/);
  assert.match(message('me:hunter2@a.b', 'c:1'), /found a user name before "@a.b"/);
  assert.ok(!message('me:hunter2@a.b', 'c:1').includes('hunter2'));
});

test('options that only make sense together are told so', () => {
  assert.match(message('a.b', 'c:1', '--san', 'x'), /"--san" needs "--tls-port"/);
  assert.match(message('a.b', 'c:1', '--sni', 'x'), /"--sni" needs "--tcp"/);
  for (const name of ['a/b', 'a b', 'a:1', 'https://a']) {
    assert.match(message('--tcp', '5000', '--sni', name, 'c:1'), /"--sni" needs the name of a host/);
  }
  assert.match(message('a.b', 'c:1', '--loadbalancing', 'hash'), /needs "--hash-header NAME"/);
  assert.match(message('a.b', 'c:1', '--hash-header', 'x'), /needs "--loadbalancing hash"/);
  assert.match(
    message('a.b', 'c:1', '--bus-ca', 'x'),
    /"--bus-ca", "--bus-cert" and "--bus-key" belong together/,
  );
  assert.match(
    message('a.b', 'c:1', '--check', 'health'),
    /"--check" needs a path that begins with \/, tcp, or grpc/,
  );
  assert.match(message('a.b', 'c:1', '--protocol', 'spdy'), /"--protocol" needs one of http1, http2/);
  assert.match(message('a.b', 'c:1', '--timeout', '0s'), /"--timeout" needs a duration like 90s/);
  assert.match(
    message('a.b', 'c:1', '--route-service', 'http://x'),
    /"--route-service" needs a URL that begins with https/,
  );
});

test('what is wrong with its command line ends with 64, and leads to its help', () => {
  const parsed = parseRegister(['a.b']);
  assert.ok(parsed.kind === 'usage-error');
  assert.deepEqual([parsed.exitCode, parsed.command], [64, 'register']);
});
