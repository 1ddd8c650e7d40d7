import { readConfig } from '../config/read.ts';
import { Router } from '../runtime/router.ts';
import { StartError } from '../runtime/start-error.ts';
import { type ComponentLog, createComponentLog } from '../telemetry/component-log.ts';
import { banner } from './banner.ts';

/** Runs the router until a signal ends it; resolves with the exit code. */
export async function run({ configFile }: { configFile: string | null }): Promise<number> {
  const read = readConfig(configFile);
  if (!read.ok) {
    for (const problem of read.problems) process.stderr.write(`cellgate: ${problem}\n`);
    return 1;
  }
  const { config, warnings } = read;
  const logOptions = {
    level: config.logging.level,
    source: config.logging.syslog || 'gorouter',
    timestampFormat: config.logging.format.timestamp,
  };
  const log = createComponentLog(logOptions);
  for (const warning of warnings) log.warn('configuration', { warning });
  log.info('starting');
  try {
    const router = await Router.start(config, log, logOptions);
    if (configFile === null) process.stdout.write(banner(router.addresses));
    return await live(router, log);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log.fatal('gorouter.start-failed', { error });
    process.stderr.write(`cellgate: ${error.message}\n`);
    return 1;
  } finally {
    log.flush();
  }
}

/** SIGUSR1 drains, SIGTERM and SIGINT stop at once; whatever comes after the first is only noted (reference §5.5). */
async function live(router: Router, log: ComponentLog): Promise<number> {
  const { promise: signalled, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let first: NodeJS.Signals | null = null;
  for (const signal of ['SIGUSR1', 'SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (first !== null) log.info('gorouter.signal.ignored', { signal });
      first ??= signal;
      resolve(signal);
    });
  }
  const reason = await Promise.race([signalled, router.failed.then((failure) => ({ failure }))]);
  if (typeof reason === 'object') {
    process.stderr.write(`cellgate: ${reason.failure}\n`);
    await router.stop();
    return 1;
  }
  if (reason === 'SIGUSR1') await router.drain();
  await router.stop();
  log.info('gorouter.exited');
  return 0;
}
