import { constants } from 'node:os';
import { answer } from './answer.ts';
import { Bed } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import type { Contender, RunningProxy, Setting } from './contender.ts';
import { cellgate } from './contenders/cellgate.ts';
import { haproxy } from './contenders/haproxy.ts';
import { nginx } from './contenders/nginx.ts';
import { undici } from './contenders/undici.ts';
import { findProgram } from './find-program.ts';
import { autocannon } from './load/autocannon.ts';
import { wrk } from './load/wrk.ts';
import { CONNECTIONS, STEADY_CONNECTIONS, STEADY_RATE } from './measure.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { startOrigin } from './origin.ts';
import { machine } from './report/machine.ts';
import type { Report } from './report/report.ts';
import { renderTable } from './report/table.ts';
import { writeReport } from './report/write.ts';
import { runRounds } from './rounds.ts';
import { summarise } from './summary.ts';
import { BODY, HOST } from './target.ts';

const CONTENDERS: readonly Contender[] = [cellgate, haproxy, nginx, undici];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else await bench(options);
  process.exit(0);
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
}

async function bench(options: Options): Promise<void> {
  const chosen = choose(options.only);
  const bed = new Bed();
  const setting = { bed, originPort: await startOrigin(bed), routes: options.routes };
  const { proxies, missing } = await startAll(chosen, setting);
  if (proxies.size === 0) throw new CannotStart('none of the proxies is installed');
  const samples = await runRounds(bed, proxies, saturatingLoad(), options, say);
  const report = {
    ...describe(options),
    finished: new Date().toISOString(),
    rows: summarise(samples),
    missing,
  };
  process.stdout.write(renderTable(report));
  writeReport(report);
}

function choose(only: readonly string[]): readonly Contender[] {
  for (const name of only) {
    if (CONTENDERS.some((contender) => contender.name === name)) continue;
    const names = CONTENDERS.map((contender) => contender.name).join(', ');
    throw new CannotStart(`--only: no proxy is called "${name}", there are ${names}`);
  }
  return only.length === 0 ? CONTENDERS : CONTENDERS.filter((contender) => only.includes(contender.name));
}

async function startAll(contenders: readonly Contender[], setting: Setting) {
  const proxies = new Map<string, RunningProxy>();
  const missing: Report['missing'][number][] = [];
  for (const contender of contenders) {
    const reason = contender.missing();
    if (reason) {
      missing.push({ name: contender.name, reason });
      say(`${contender.name}: ${reason}`);
      continue;
    }
    const proxy = await contender.start(setting);
    await answer(proxy.daemon, { port: proxy.port, host: HOST });
    proxies.set(contender.name, proxy);
  }
  return { proxies, missing };
}

function describe({ rounds, seconds, routes }: Options) {
  return {
    workload: `GET over keep-alive connections, ${BODY.length}-byte answer`,
    conditions:
      `Proxy alone on one core; saturated by ${saturatingLoad().name} over ${CONNECTIONS} connections; ` +
      `steady is autocannon at ${STEADY_RATE} requests/s over ${STEADY_CONNECTIONS}; ` +
      `medians of ${rounds} interleaved rounds of ${seconds} s; ${routes + 1} routes in cellgate's table`,
    machine: machine(),
  };
}

function saturatingLoad() {
  return findProgram('wrk') ? wrk : autocannon;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
