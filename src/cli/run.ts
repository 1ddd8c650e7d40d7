import { flushCompileCache } from 'node:module';
import { isatty } from 'node:tty';
import { readConfig } from '../config/read.ts';
import type { Tapped } from '../http/account/taps.ts';
import { Router } from '../runtime/router.ts';
import { StartError } from '../runtime/settings/start-error.ts';
import { type ComponentLog, createComponentLog } from '../telemetry/component-log.ts';
import { timeOfDay } from '../time/time-of-day.ts';
import { banner } from './banner.ts';
import { reload } from './reload.ts';
import { requestColumns } from './request-line.ts';
import type { RunCommand } from './run-arguments.ts';
import { EndingSignals, ErrandSignal } from './signals.ts';
import { Systemd } from './systemd.ts';
import { forThisUser, whyClosed } from './without-configuration.ts';

const STDOUT = 1;
/** What gorouter calls itself where `logging.syslog` names nobody. */
const DEFAULT_SOURCE = 'gorouter.stdout';

/** Runs the router until a signal ends it; resolves with the exit code. */
export async function run({ configFile, port }: RunCommand): Promise<number> {
  const read = readConfig(configFile);
  if (!read.ok) {
    await sayWhyNot(read.problems);
    return 1;
  }
  const { warnings, given } = read;
  const isTry = configFile === null;
  const config = isTry ? forThisUser(read.config, port) : read.config;
  // With a configuration it is gorouter's log, wherever that goes.
  const isWatched = isTry && isatty(STDOUT);
  const logOptions = {
    level: config.logging.level,
    source: config.logging.syslog || DEFAULT_SOURCE,
    timestampFormat: config.logging.format.timestamp,
    ...(isWatched && { shape: 'terminal' as const }),
  };
  const log = createComponentLog(logOptions);
  for (const warning of warnings) log.warn('configuration', { warning });
  if (isTry && config.cellgate.state_dir === '') {
    log.warn('state-folder-unusable', { folder: '', error: 'this user has no home, nor CELLGATE_STATE_DIR' });
  }
  log.info('starting');
  const routerLog = log.child('router');
  const systemd = new Systemd(routerLog);
  const signals = new EndingSignals(routerLog);
  const reloadSignal = new ErrandSignal('SIGHUP');
  const reopenSignal = new ErrandSignal('SIGUSR2');
  try {
    const closed = isTry ? await whyClosed(config) : null;
    if (closed !== null) throw new StartError(closed);
    const started = await Promise.race([Router.start(config, log, logOptions, given), signals.first]);
    // During the start there is nothing to wind up: nobody has been served, and the process takes the rest along.
    if (typeof started !== 'string') {
      // Now, since a router may end without notice.
      flushCompileCache();
      started.outlive();
      systemd.ready();
      if (isTry) {
        // In one piece, and between lines: what has been logged is on its way.
        await log.settle();
        const text = banner(started.addresses, config.status, started.adminLink());
        (isWatched ? process.stdout : process.stderr).write(text);
      }
      if (isWatched) started.followRequests(showRequests);
      reloadSignal.onSignal(() => reload(started, configFile, log));
      reopenSignal.onSignal(() => started.reopenLogs());
      return await live(started, signals, systemd, routerLog);
    }
    routerLog.info('gorouter.exited');
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const isOfBus = error.event.startsWith('nats-');
    // Whoever looks on is told once.
    if (!isWatched) (isOfBus ? log.child('nats') : log).fatal(error.event, { error });
    printError(error.message);
    return 1;
  } finally {
    // Writing out at once would overtake what is on its way already.
    await log.settle();
    log.flush();
  }
}

function showRequests({ records, dropped }: Tapped): void {
  const lines = records.map((record) => [timeOfDay(record.at), ...requestColumns(record)].join('  '));
  if (dropped > 0) lines.push(`${dropped} more were not shown`);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** On both outputs: gorouter's log has it too, and those who collect logs see nothing else. */
async function sayWhyNot(problems: readonly string[]): Promise<void> {
  const log = createComponentLog({ level: 'info', source: DEFAULT_SOURCE, timestampFormat: 'unix-epoch' });
  for (const problem of problems) {
    log.fatal('Error loading config:', { error: problem });
    printError(`Error loading config: ${problem}`);
  }
  await log.settle();
}

/** SIGUSR1 drains, SIGTERM and SIGINT stop at once. */
async function live(
  router: Router,
  { first, stop }: EndingSignals,
  systemd: Systemd,
  log: ComponentLog,
): Promise<number> {
  const end = await Promise.race([first, failure(router)]);
  if (typeof end === 'object') {
    printError(end.reason);
    await router.stop();
    return 1;
  }
  systemd.ending(end === 'SIGUSR1' ? 'draining' : 'stopping');
  if (end === 'SIGUSR1') await Promise.race([router.drain(), stop]);
  await router.stop();
  log.info('gorouter.exited');
  return 0;
}

async function failure(router: Router): Promise<{ readonly reason: string }> {
  return { reason: await router.failed };
}

function printError(sentence: string): void {
  process.stderr.write(`cellgate: ${sentence}\n`);
}
