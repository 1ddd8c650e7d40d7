import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('the last operand is the endpoint, all before it are routes', () => {
  const { registration, bus, interval } = command('a.example.com', '*.example.com/path', '10.0.0.1:3000');
  assert.deepEqual(registration, {
    uris: ['a.example.com', '*.example.com/path'],
    host: '10.0.0.1',
    port: 3000,
    app: null,
    instanceId: null,
    instanceIndex: null,
    tags: {},
    loadBalancing: null,
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
    /needs one of round-robin, least-connection, found "best"/,
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
