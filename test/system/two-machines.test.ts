import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type TestContext, test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { skipFor } from '../support/skip-for.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));
const DOCUMENT = readFileSync(new URL('../../docs/agent.md', import.meta.url), 'utf8');

/** An instance of the application: says its port, and takes a while for it. */
const APPLICATION = `
  require('node:http').createServer((request, response) => {
    setTimeout(() => response.end(process.argv[1]), request.url === '/health' ? 0 : 20);
  }).listen(Number(process.argv[1]), '10.77.0.2', () => console.log('listening'));
`;

/** A client of the routers: asks without a pause, and says what it gets. */
const CLIENT = `
  const { request } = require('node:http');
  const ask = () => {
    const say = (text) => {
      console.log(text);
      ask();
    };
    request({ host: '10.77.0.1', port: 8081, headers: { host: 'shop.example.com' }, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => say(answer.statusCode === 200 ? text : answer.statusCode));
      answer.on('error', (error) => say(error.message));
    }).on('error', (error) => say(error.message)).end();
  };
  for (let i = 0; i < 4; i++) ask();
`;

function ip(...args: string[]): boolean {
  return spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
}

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `cg-try-${process.pid}`;
  if (!ip('netns', 'add', name)) return 'network namespaces cannot be made here';
  ip('netns', 'del', name);
  return false;
}

/** Two machines with a wire between them: 10.77.0.1 and 10.77.0.2. */
function machines(t: TestContext): readonly [one: string, two: string] {
  const [one, two] = [`cg-one-${process.pid}`, `cg-two-${process.pid}`] as const;
  t.onTestFinished(() => void [one, two].map((name) => ip('netns', 'del', name)));
  assert.ok(ip('netns', 'add', one) && ip('netns', 'add', two));
  assert.ok(ip('link', 'add', 'wire', 'netns', one, 'type', 'veth', 'peer', 'name', 'wire', 'netns', two));
  for (const [name, address] of [
    [one, '10.77.0.1/24'],
    [two, '10.77.0.2/24'],
  ] as const) {
    assert.ok(ip('-n', name, 'address', 'add', address, 'dev', 'wire'));
    assert.ok(ip('-n', name, 'link', 'set', 'wire', 'up') && ip('-n', name, 'link', 'set', 'lo', 'up'));
  }
  return [one, two];
}

/** A program on a machine, and what it says. */
class Program {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly exited: Promise<unknown[]>;
  #heard = () => {};

  constructor(t: TestContext, machine: string, folder: string, command: string, ...args: string[]) {
    this.child = spawn('ip', ['netns', 'exec', machine, command, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], CELLGATE_STATE_DIR: join(folder, machine) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.exited = once(this.child, 'exit');
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.#heard();
    });
    t.onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Resolves when what it has said is as it should be; the limit of the test ends it otherwise. */
  async says(isSaid: (lines: readonly string[]) => boolean): Promise<void> {
    while (!isSaid(this.lines)) await new Promise<void>((resolve) => (this.#heard = resolve));
  }
}

/** The file of that name as the document has it. */
function documented(name: string): string {
  const block = new RegExp(`\`\`\`yaml\\n(# ${name}\\n[^\`]*)\`\`\``).exec(DOCUMENT)?.[1];
  assert.ok(block !== undefined, `docs/agent.md has no ${name}`);
  return block;
}

test(
  'the example of docs/agent.md: from nothing to an application on another machine, and one of its instances drained under load',
  skipFor(whyNot()),
  async (t) => {
    const [one, two] = machines(t);
    const folder = temporaryDirectory(t);
    for (const name of ['router.yml', 'agent.yml']) writeFileSync(join(folder, name), documented(name));
    const router = new Program(t, one, folder, LAUNCHER, '-c', 'router.yml');
    await router.says((lines) => lines.some((line) => line.includes('gorouter.started')));
    const instances = ['3001', '3002'].map(
      (port) => new Program(t, two, folder, process.execPath, '-e', APPLICATION, port),
    );
    for (const instance of instances) await instance.says((lines) => lines.includes('listening'));
    const agent = new Program(t, two, folder, LAUNCHER, 'agent', '-c', 'agent.yml');
    const registered = (lines: readonly string[]): boolean =>
      lines.filter((line) => line.includes('Registering route')).length === 2;
    await agent.says(registered);
    // The first answers may come before the router has heard of any instance.
    const client = new Program(t, two, folder, process.execPath, '-e', CLIENT);
    await client.says((lines) => lines.includes('3001') && lines.includes('3002'));
    const before = client.lines.length;

    const drain = new Program(t, two, folder, LAUNCHER, 'agent', 'drain', 'shop-1');
    assert.deepEqual(await drain.exited, [0, null]);
    assert.deepEqual(drain.lines, ['drained shop-1: its application may stop']);
    instances[0]!.child.kill('SIGKILL');
    await instances[0]!.exited;
    const stopped = client.lines.length;
    await client.says((lines) => lines.length > stopped + 100);
    const answers = client.lines.slice(before);
    assert.deepEqual(
      answers.filter((line) => !['3001', '3002'].includes(line)),
      [],
    );
    assert.ok(answers.includes('3001'));
    assert.deepEqual([...new Set(client.lines.slice(-50))], ['3002']);

    // Killed and started again, the agent leaves no gap.
    agent.child.kill('SIGKILL');
    await agent.exited;
    const next = new Program(t, two, folder, LAUNCHER, 'agent', '-c', 'agent.yml', '--handover');
    await next.says((lines) => lines.some((line) => line.includes('Registering route')));
    const again = client.lines.length;
    await client.says((lines) => lines.length > again + 50);
    assert.deepEqual([...new Set(client.lines.slice(again))], ['3002']);
    next.child.kill('SIGTERM');
    assert.deepEqual(await next.exited, [0, null]);
    await client.says((lines) => lines.at(-1) === '404');
  },
);
