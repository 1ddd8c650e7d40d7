import { readTcpRouterFile } from '../config/tcp-router.ts';
import { tcpRouterConfig } from '../config/tcp-router-config.ts';
import { shardingNotice } from '../config/tcp-router-sharding.ts';
import { StartError } from '../runtime/settings/start-error.ts';
import { TcpRouter } from '../runtime/tcp-router.ts';
import { createComponentLog, type RootLog } from '../telemetry/component-log.ts';
import { TcpSignals } from './signals.ts';
import { Systemd } from './systemd.ts';
import type { TcpCommand } from './tcp-arguments.ts';

/** Runs a router for TCP alone until a signal ends it; resolves with the exit code. */
export async function runTcp(command: Extract<TcpCommand, { kind: 'tcp' }>): Promise<number> {
  const { configFile, flags, ignored } = command;
  const logOptions = {
    level: flags.logLevel,
    source: 'tcp-router',
    timestampFormat: flags.timeFormat,
    shape: 'lager',
  } as const;
  const log = createComponentLog(logOptions);
  log.info('starting');
  const read = readTcpRouterFile(configFile);
  if (!read.ok) {
    for (const problem of read.problems) {
      log.error('failed-to-unmarshal-config-file', { error: problem });
      printError(`Error loading config: ${problem}`);
    }
    await log.settle();
    return 1;
  }
  const config = tcpRouterConfig(read.value, flags);
  for (const warning of read.warnings) log.warn('configuration', { warning });
  const notice = shardingNotice(read.value);
  if (notice !== '') {
    log.warn('configuration', { warning: notice });
    printError(`warning: ${notice}`);
  }
  for (const option of ignored) log.warn('configuration', { warning: `option ${option} has no effect` });
  const signals = new TcpSignals(log);
  const exitOnPortConflict = flags.routingGroupCheckExit;
  try {
    const starting = TcpRouter.start({ file: read.value, config, exitOnPortConflict, log, logOptions });
    const router = await Promise.race([starting, signals.stop, signals.drain]);
    router?.outlive();
    // During the start there is nothing to wind up.
    if (router === undefined) return exited(log);
    const systemd = new Systemd(log);
    systemd.ready();
    return await live(router, signals, systemd, log);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log.fatal(error.event, { error });
    printError(error.message);
    return 1;
  } finally {
    // Writing out at once would overtake what is on its way already.
    await log.settle();
    log.flush();
  }
}

async function live(
  router: TcpRouter,
  { drain, stop }: TcpSignals,
  systemd: Systemd,
  log: RootLog,
): Promise<number> {
  const draining = drained(router, drain, systemd);
  const reason = await Promise.race([stop, draining, router.failed]);
  await router.stop();
  if (typeof reason !== 'string') return exited(log);
  printError(reason);
  log.error('exited-with-failure', { error: reason });
  return 1;
}

async function drained(router: TcpRouter, drain: Promise<void>, systemd: Systemd): Promise<void> {
  await drain;
  systemd.ending('draining');
  await router.drain();
}

function exited(log: RootLog): number {
  log.info('exited');
  return 0;
}

function printError(sentence: string): void {
  process.stderr.write(`cellgate: ${sentence}\n`);
}
