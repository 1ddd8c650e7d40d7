import { randomBytes } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { Router } from '../runtime/router.ts';
import { StartError } from '../runtime/settings/start-error.ts';
import { type ComponentLog, createComponentLog } from '../telemetry/component-log.ts';
import { banner } from './banner.ts';
import { reload } from './reload.ts';
import { EndingSignals, ErrandSignal } from './signals.ts';
import { userStateFolder } from './state-folder.ts';
import { Systemd } from './systemd.ts';

/** What gorouter calls itself where `logging.syslog` names nobody. */
const DEFAULT_SOURCE = 'gorouter.stdout';

/** Runs the router until a signal ends it; resolves with the exit code. */
export async function run({ configFile }: { configFile: string | null }): Promise<number> {
  const read = readConfig(configFile);
  if (!read.ok) {
    await sayWhyNot(read.problems);
    return 1;
  }
  const { warnings, given } = read;
  const config = configFile === null ? forThisUser(read.config) : read.config;
  const logOptions = {
    level: config.logging.level,
    source: config.logging.syslog || DEFAULT_SOURCE,
    timestampFormat: config.logging.format.timestamp,
  };
  const log = createComponentLog(logOptions);
  for (const warning of warnings) log.warn('configuration', { warning });
  if (config.cellgate.state_dir === '' && configFile === null) {
    log.warn('state-folder-unusable', { folder: '', error: 'this user has no home, nor CELLGATE_STATE_DIR' });
  }
  log.info('starting');
  const routerLog = log.child('router');
  const systemd = new Systemd(routerLog);
  const signals = new EndingSignals(routerLog);
  const reloadSignal = new ErrandSignal('SIGHUP');
  const reopenSignal = new ErrandSignal('SIGUSR2');
  try {
    const started = await Promise.race([Router.start(config, log, logOptions, given), signals.first]);
    // During the start there is nothing to wind up: nobody has been served, and the process takes the rest along.
    if (typeof started !== 'string') {
      // Now, since a router may end without notice.
      flushCompileCache();
      started.outlive();
      systemd.ready();
      if (configFile === null) {
        process.stdout.write(banner(started.addresses, config.status, started.adminLink()));
      }
      reloadSignal.onSignal(() => reload(started, configFile, log));
      reopenSignal.onSignal(() => started.reopenLogs());
      return await live(started, signals, systemd, routerLog);
    }
    routerLog.info('gorouter.exited');
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const isOfBus = error.event.startsWith('nats-');
    (isOfBus ? log.child('nats') : log).fatal(error.event, { error });
    printError(error.message);
    return 1;
  } finally {
    // Writing out at once would overtake what is on its way already.
    await log.settle();
    log.flush();
  }
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

/** Without a file nobody has chosen a password; the banner shows it, and nothing else does. What is to last lies with the user. */
function forThisUser(config: Config): Config {
  const pass = randomBytes(6).toString('hex');
  const state_dir = userStateFolder({ env: process.env, home: homedir }) ?? '';
  return {
    ...config,
    status: { ...config.status, user: 'cellgate', pass },
    cellgate: { ...config.cellgate, state_dir },
  };
}

function printError(sentence: string): void {
  process.stderr.write(`cellgate: ${sentence}\n`);
}
