import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { CannotStart } from '../cannot-start.ts';
import { cpuSeconds } from '../cpu-time.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';
import { residentBytes } from '../reliability/process-state.ts';
import { describeMachine, machine } from '../report/machine.ts';

const USAGE = `npm run bench:agent -- [--routes 5000] [--interval 20] [--seconds 60]

What an agent takes for the heartbeats of a machine's routes in one connection: CPU time of all its threads, and memory,
with a nats-server of its own. Ends with 1 when it takes more than 2 % of a core or 120 MB.
`;

const LAUNCHER = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));
const MOST_PERCENT = 2;
const MOST_MEGABYTES = 120;
const PATIENCE_MS = 30_000;

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '5000' },
    interval: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

try {
  if (values.help) process.stdout.write(USAGE);
  else
    process.exitCode = await measure(Number(values.routes), Number(values.interval), Number(values.seconds));
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`bench:agent: ${error.message}\n`);
  process.exitCode = 1;
}

/** The exit code: 1 when it takes more than it may. @param interval @param seconds whole seconds */
async function measure(routes: number, interval: number, seconds: number): Promise<number> {
  const nats = findProgram('nats-server');
  if (nats === undefined) throw new CannotStart('nats-server is not installed: apt-get install nats-server');
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-bench-'));
  const [port] = (await freePorts(1)) as [number];
  const server = spawn(nats, ['--addr', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  const connection = await reach(port);
  const path = join(folder, 'agent.json');
  writeFileSync(path, JSON.stringify(configuration(port, routes, interval)));
  const heard = listen(connection);
  await connection.flush();
  const agent = spawn(LAUNCHER, ['agent', '--configPath', path, '--state-dir', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await heard.all(routes);
    // Past the first heartbeats, and what a process does only at its start.
    await delay(interval * 1000);
    const [cpu, messages, began] = [cpuSeconds(agent.pid!), heard.messages, performance.now()];
    await delay(seconds * 1000);
    const elapsed = (performance.now() - began) / 1000;
    const percent = ((cpuSeconds(agent.pid!) - cpu) / elapsed) * 100;
    const rate = (heard.messages - messages) / elapsed;
    const megabytes = residentBytes(agent.pid!) / 1e6;
    const load = loadavg()[0]!.toFixed(2);
    process.stdout.write(
      `${routes} routes every ${interval} s in one connection, ${elapsed.toFixed(0)} s: ${rate.toFixed(1)} heartbeats a second,
${percent.toFixed(2)} % of a core (at most ${MOST_PERCENT}), ${megabytes.toFixed(0)} MB (at most ${MOST_MEGABYTES})
on ${describeMachine(machine())}; load of the machine ${load}\n`,
    );
    return percent <= MOST_PERCENT && megabytes <= MOST_MEGABYTES ? 0 : 1;
  } finally {
    agent.kill('SIGUSR2');
    await once(agent, 'exit');
    await connection.close();
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(port: number, routes: number, interval: number): object {
  return {
    message_bus_servers: [{ host: `127.0.0.1:${port}` }],
    host: '10.0.0.5',
    routes: Array.from({ length: routes }, (_, index) => ({
      name: `app-${index}`,
      port: 1024 + (index % 60_000),
      uris: [`app-${index}.apps.example.com`],
      registration_interval: `${interval}s`,
      tags: { component: `app-${index}`, env: 'production' },
    })),
  };
}

/** How many messages there were, and how many different ones. */
function listen(connection: NatsConnection): { messages: number; all(routes: number): Promise<void> } {
  const seen = new Set<string>();
  const heard = {
    messages: 0,
    async all(routes: number): Promise<void> {
      const end = performance.now() + PATIENCE_MS;
      while (seen.size < routes) {
        if (performance.now() > end)
          throw new CannotStart(`${seen.size} of ${routes} routes were registered`);
        await delay(50);
      }
    },
  };
  connection.subscribe('router.register', {
    callback: (_error, message) => {
      heard.messages++;
      if (heard.messages < 100_000) seen.add(message.string());
    },
  });
  return heard;
}

async function reach(port: number): Promise<NatsConnection> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    try {
      return await connect({ servers: `127.0.0.1:${port}` });
    } catch (error) {
      if (performance.now() > end) throw new CannotStart(`nats-server cannot be reached: ${error}`);
      await delay(20);
    }
  }
}
