import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseEngineAddress, usualEngine } from '../../src/agent/docker/engine-address.ts';
import { type AgentFlags, parseAgent } from '../../src/cli/agent-arguments.ts';
import { containerSource, withBus } from '../../src/cli/agent-containers.ts';
import { CannotStart } from '../../src/cli/cannot-start.ts';
import { ToldLog } from '../support/told-log.ts';

function flags(...argv: string[]): AgentFlags {
  const parsed = parseAgent(argv);
  assert.equal(parsed.kind, 'agent', JSON.stringify(parsed));
  return parsed as AgentFlags;
}

function refused(...argv: string[]): string {
  const parsed = parseAgent(argv);
  assert.ok(parsed.kind === 'usage-error', JSON.stringify(parsed));
  assert.equal(parsed.exitCode, 64);
  return parsed.message;
}

test('containers need no file, and a file is read beside them only if one is named', () => {
  assert.deepEqual(flags('--docker').docker, { engine: null, bus: null, host: '', domains: [] });
  assert.equal(flags('--docker').configFile, null);
  assert.equal(flags('--docker', '-c', 'agent.yml').configFile, 'agent.yml');
  assert.equal(flags().docker, null);
  assert.equal(flags().configFile, 'registrar_settings.yml');
});

test('where the engine and the bus are, what routers reach, what may be announced', () => {
  const argv = ['--docker', '--docker-socket', '/run/x.sock', '--bus', 'nats://me:pw@bus.test'];
  const { docker } = flags(
    ...argv,
    '--host',
    '[fd00::1]',
    '--domain',
    '*.Apps.test',
    '--domain',
    'tcp:5000-5999',
  );
  assert.deepEqual(docker, {
    engine: { kind: 'socket', path: '/run/x.sock' },
    bus: { address: 'bus.test:4222', user: 'me', pass: 'pw' },
    host: 'fd00::1',
    domains: [
      { kind: 'below', parent: '.apps.test' },
      { kind: 'tcp', from: 5000, to: 5999 },
    ],
  });
});

test('a wrong command line is refused with what belongs there, and without secrets', () => {
  for (const option of ['--docker-socket', '--bus', '--host', '--domain']) {
    assert.equal(refused(option, 'x'), `option "${option}" needs "--docker" beside it`);
  }
  assert.match(refused('--docker', '--docker-socket', 'ssh://host'), /needs a path that begins with \//);
  assert.match(refused('--docker', '--host', '10.0.0.1:80'), /without a port, found "10.0.0.1:80"/);
  assert.match(refused('--docker', '--domain', 'a.*.b'), /needs host, \*\.host, tcp:PORT/);
  const message = refused('--docker', '--bus', 'http://me:hunter2@bus');
  assert.match(message, /needs a URL like nats/);
  assert.ok(!message.includes('hunter2'));
});

test('engines are named by paths and URLs', () => {
  const socket = { kind: 'socket', path: '/a.sock' };
  assert.deepEqual(parseEngineAddress('/a.sock'), socket);
  assert.deepEqual(parseEngineAddress('unix:///a.sock'), socket);
  assert.deepEqual(parseEngineAddress('tcp://h:1'), { kind: 'tcp', host: 'h', port: 1 });
  assert.deepEqual(parseEngineAddress('tcp://h:80'), { kind: 'tcp', host: 'h', port: 80 });
  assert.deepEqual(parseEngineAddress('tcp://h'), { kind: 'tcp', host: 'h', port: 2375 });
  for (const bad of [
    '',
    'a.sock',
    'unix://a.sock',
    'npipe:////./pipe',
    'ssh://h',
    'tcp://u@h',
    'tcp://h/x',
    'tcp://',
  ]) {
    assert.equal(parseEngineAddress(bad), null, bad);
  }
  assert.equal(usualEngine({}).kind, 'socket');
});

test('DOCKER_HOST is heeded unless a socket is named, and told where it is of no use', () => {
  const log = new ToldLog();
  const { docker } = flags('--docker');
  const start = (env: Record<string, string>) => () => containerSource(docker!, env, log);
  start({ DOCKER_HOST: 'unix:///a.sock' })();
  start({ DOCKER_HOST: '' })();
  assert.throws(start({ DOCKER_HOST: 'ssh://me@h' }), (error: Error) => {
    assert.ok(error instanceof CannotStart);
    assert.match(
      error.message,
      /^DOCKER_HOST: found "ssh:\/\/me@h", allowed: unix:\/\/\/PATH or tcp:\/\/HOST:PORT/,
    );
    return true;
  });
  assert.throws(start({ DOCKER_HOST: 'ssh://me:se:c/r@et@h' }), /found "ssh:\/\/me@h"/);
  assert.throws(start({ DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1' }), /DOCKER_TLS_VERIFY/);
  const named = flags('--docker', '--docker-socket', '/b.sock').docker!;
  containerSource(named, { DOCKER_HOST: 'ssh://h' }, log);
});

test('the bus is that of the file, else the one named, else the one on this machine', () => {
  const { docker } = flags('--docker');
  const server = (host: string, port: number) => ({ host, port, user: '', password: '' });
  assert.deepEqual(withBus(null, docker!).busServers, [server('127.0.0.1', 4222)]);
  const file = withBus(null, flags('--docker', '--bus', 'nats://file.test:1').docker!);
  assert.deepEqual(file.busServers, [server('file.test', 1)]);
  assert.deepEqual(withBus(file, docker!).busServers, [server('file.test', 1)]);
  const both = flags('--docker', '--bus', 'nats://other.test').docker!;
  assert.throws(() => withBus(file, both), /both --bus and message_bus_servers/);
});
