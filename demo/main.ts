import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Children } from './children.ts';
import { answered, visit } from './requests.ts';
import { HOST, LAUNCHER, Stage } from './stage.ts';
import { invitation } from './words.ts';

/** Until everything serves. Milliseconds. */
const PATIENCE = 60_000;
const PAUSE = 500;

const folder = mkdtempSync(join(tmpdir(), 'cellgate-demo-'));
const children = new Children(folder);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
const stopped = once(stop.signal, 'abort').then(() => null);

process.stdout.write('Starting, which takes some seconds…\n');
const failure = await Promise.race([play().catch(String), children.failed, stopped]);
await children.end();
if (failure === null) rmSync(folder, { recursive: true });
else process.stderr.write(`demo: ${failure}\nIts logs are in ${folder}\n`);
process.exit(failure === null ? 0 : 1);

/** Goes on until it is stopped. Rejects with what kept it from beginning. */
async function play(): Promise<null> {
  const stage = new Stage(folder, children);
  const nats = await stage.nats();
  const routers = await stage.routers(nats);
  const [first] = routers;
  const bus = nats ?? first.bus;
  stage.agent(bus);
  await stage.application('blue');
  const front = (await stage.haproxy(routers)) ?? first.http;
  const patience = AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE)]);
  await answered(front, HOST, patience);
  await hold(first.folder, patience);
  await stage.application('green');
  await announced(first.folder, 'green');
  visit(front, HOST);
  const { admin, token } = first;
  const scene = { host: HOST, front, admin, token, folder: first.folder, logs: folder };
  process.stdout.write(invitation({ ...scene, missing: stage.missing }));
  return stopped;
}

/** Blue keeps all requests; decided as soon as decisions can be kept. */
async function hold(stateFolder: string, patience: AbortSignal): Promise<void> {
  for (;;) {
    const said = await run(stateFolder, 'split', 'hold', HOST);
    if (said === null) return;
    if (patience.aborted) throw new Error(`the route cannot be held: ${said}`);
    await delay(PAUSE);
  }
}

/** Until all routers know of it. */
async function announced(stateFolder: string, app: string): Promise<void> {
  const said = await run(stateFolder, 'wait-route', HOST, '--app', app);
  if (said !== null) throw new Error(`${app} is not announced: ${said}`);
}

/** A command of the router that has this folder; null: it went well, else what it said. */
async function run(stateFolder: string, ...args: readonly string[]): Promise<string | null> {
  const env = { ...process.env, CELLGATE_STATE_DIR: stateFolder };
  const child = spawn(LAUNCHER, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = text;
  });
  const [code] = await once(child, 'close');
  return code === 0 ? null : said.trim();
}
