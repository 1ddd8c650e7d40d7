import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { agentLine, type RouteState } from '../../src/agent/route/agent-line.ts';
import { SERVING } from '../../src/agent/route/drain.ts';
import { AgentBed, registrarConfig } from '../support/agent-process.ts';
import { configFile } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { findHaproxy } from '../support/haproxy.ts';
import { skipFor } from '../support/skip-for.ts';

const UP = {
  standing: 'serving',
  drain: SERVING,
  health: { state: 'up', failures: 0 },
  weight: 100,
} as const;
const DOWN = { ...UP, health: { state: 'down', passes: 0 } } as const;
const UNKNOWN = { ...UP, health: { state: 'unknown', passes: 0, failures: 0 } } as const;
const DRAINED: RouteState = { ...UP, drain: { state: 'drained', causes: new Set(['file']) } };

test('the line says the best of what goes by a name, and nothing while nothing is known', () => {
  assert.equal(agentLine([UP]), 'ready up 100%\n');
  assert.equal(agentLine([{ ...UP, weight: 0 }]), 'ready up 0%\n');
  assert.equal(agentLine([DOWN, { ...UP, weight: 30 }, { ...UP, weight: 50 }]), 'ready up 50%\n');
  assert.equal(agentLine([DOWN]), 'ready down #check failed\n');
  assert.equal(agentLine([UNKNOWN, DOWN]), '\n');
  assert.equal(agentLine([DRAINED]), 'drain\n');
  assert.equal(agentLine([{ ...UP, standing: 'draining' }]), 'drain\n');
  assert.equal(agentLine([{ ...UP, standing: 'unready' }]), 'ready down #not ready\n');
  assert.equal(agentLine([]), 'down #no such route\n');
});

/** Status and weight of a server, as HAProxy shows them. */
async function seen(socket: string): Promise<string> {
  const client = connect(socket);
  client.on('error', () => {});
  client.end('show stat web 4 -1\n');
  let text = '';
  client.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(client, 'close').catch(() => {});
  const [head = '', line = ''] = text.replace(/^# /, '').split('\n');
  const at = (name: string): string => line.split(',')[head.split(',').indexOf(name)] ?? '';
  return `${at('status')} ${at('weight')}`;
}

const PATIENCE_MS = 20_000;

/** Resolves when HAProxy shows this, which cannot be waited for but by asking again. */
async function until(socket: string, expected: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let found = ''; found !== expected; found = await seen(socket)) {
    assert.ok(Date.now() < end, `expected ${expected}, HAProxy shows ${found}`);
    await pause(20);
  }
}

async function application(t: TestContext): Promise<{ server: Server; port: number; status: number }> {
  const application = { status: 200, port: 0, server: createServer() };
  application.server.on('request', (_request, response) => void response.writeHead(application.status).end());
  application.server.listen(0, '127.0.0.1');
  await once(application.server, 'listening');
  t.onTestFinished(() => {
    application.server.close();
    application.server.closeAllConnections();
  });
  application.port = (application.server.address() as AddressInfo).port;
  return application;
}

const skip = findHaproxy() === undefined && 'HAProxy is not installed';

test(
  'HAProxy follows the checks, the weight and the drain of a route that it names',
  skipFor(skip),
  async (t) => {
    const app = await application(t);
    const agents = new AgentBed(t);
    const check = { http: '/health', interval: '100ms', timeout: '100ms', fall: 1 };
    const shop = { host: '127.0.0.1', port: app.port, cellgate: { check, weight: 50, drain_time: '1h' } };
    const config = registrarConfig(await freePort(), shop, { name: 'ill', cellgate: { check } });
    const agent = agents.start(config, '--agent-port', '0');
    await agent.until('"message":"Route Registrar.answering-agent-checks"');
    const port = /answering-agent-checks".*"port":(\d+)/.exec(agent.stdout)?.[1];
    const socket = join(agents.folder, 'haproxy.sock');
    const text = `global
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
backend web
  server shop 127.0.0.1:${app.port} weight 100 check inter 100ms agent-check agent-addr 127.0.0.1 agent-port ${port} agent-inter 100ms agent-send "shop\\n"
`;
    const haproxy = spawn(findHaproxy()!, ['-db', '-f', configFile(t, text)], { stdio: 'ignore' });
    const gone = once(haproxy, 'exit');
    t.onTestFinished(async () => {
      haproxy.kill('SIGKILL');
      await gone;
    });
    await until(socket, 'UP 50');
    app.status = 503;
    await until(socket, 'DOWN (agent) 50');
    app.status = 200;
    await until(socket, 'UP 50');
    const drain = agents.run('drain', 'shop');
    await until(socket, 'DRAIN (agent) 50');
    const undrain = agents.run('undrain', 'shop');
    await undrain.exited;
    assert.deepEqual(await drain.exited, [1, null]);
    assert.match(drain.stderr, /the drain of "shop" did not come to its end/);
    await until(socket, 'UP 50');
  },
);

test('it answers on loopback unless it is told otherwise, and of all its routes where none is named', async (t) => {
  const app = await application(t);
  const shop = { host: '127.0.0.1', port: app.port, cellgate: { check: { http: '/' }, weight: 70 } };
  const config = registrarConfig(await freePort(), shop);
  const agent = new AgentBed(t).start(config, '--agent-port=0');
  await agent.until('healthchecker returned healthy');
  const said = /answering-agent-checks".*"host":"([^"]+)","port":(\d+)/.exec(agent.stdout);
  assert.equal(said?.[1], '127.0.0.1');
  const ask = async (line: string): Promise<string> => {
    const client = connect(Number(said?.[2]), '127.0.0.1');
    client.write(line);
    const [text] = await once(client.setEncoding('utf8'), 'data');
    client.destroy();
    return text;
  };
  assert.equal(await ask('shop.test\n'), 'ready up 70%\n');
  assert.equal(await ask('shop\r\n'), 'ready up 70%\n');
  assert.equal(await ask('nobody\n'), 'down #no such route\n');
  assert.equal(await ask(''), 'ready up 70%\n');
});

test('a port that is taken ends the agent with the next step', async (t) => {
  const { port } = await application(t);
  const agent = new AgentBed(t).start({ routes: [] }, '--agent-port', String(port));
  assert.deepEqual(await agent.exited, [1, null]);
  assert.equal(agent.stderr, `cellgate: agent port ${port} is in use: choose another with --agent-port\n`);
});
