import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { Agent } from '../agent/agent.ts';
import { agentCheckServer } from '../agent/agent-check-server.ts';
import { FILE_SOURCE } from '../agent/agent-log.ts';
import type { ApiChannel } from '../agent/api-channel.ts';
import { ControlSocket } from '../agent/control-socket.ts';
import type { ContainerSource } from '../agent/docker/container-source.ts';
import { type AgentConfig, readAgentFile } from '../agent/file/agent-file.ts';
import type { RoutingApiEntry } from '../agent/file/server-entries.ts';
import type { GlobSource } from '../agent/glob-source.ts';
import { type Legacy, NOTHING_LEFT } from '../agent/legacy.ts';
import { readLegacy } from '../agent/legacy-file.ts';
import type { LineServer } from '../agent/line-server.ts';
import { FixedSource } from '../agent/route-source.ts';
import { busAccess, UnusableFile } from '../agent/server-settings.ts';
import { FolderTaken } from '../agent/socket-place.ts';
import { onPanic } from '../boundary/boundary.ts';
import { catchTheRest } from '../boundary/last-net.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import { createComponentLog, type RootLog } from '../telemetry/component-log.ts';
import type { AgentFlags } from './agent-arguments.ts';
import type { DockerFlags } from './agent-docker-arguments.ts';
import { takeOver } from './agent-handover.ts';
import { AgentSignals } from './agent-signals.ts';
import { CannotStart } from './cannot-start.ts';
import { removePid, writePid } from './pid-file.ts';
import { userStateFolder } from './state-folder.ts';

/** What must be released at the end, whatever the end is. */
interface Opened {
  agentCheck: LineServer | null;
  control: ControlSocket | null;
  watch: NodeJS.Timeout | undefined;
}

/** How often it is looked whether the state folder is still this agent's. */
const WATCH_MS = 1_000;

/** Runs an agent until a signal or another agent ends it; resolves with the exit code. */
export async function runAgent(flags: AgentFlags): Promise<number> {
  const log = createComponentLog({
    level: flags.logLevel,
    source: 'Route Registrar',
    timestampFormat: flags.timeFormat,
    shape: 'lager',
  });
  onPanic(({ kind, error }) => log.error('panic-check', { owner: kind, error: String(error) }));
  // An agent that ends by a fault takes all its routes along.
  catchTheRest({ kind: 'part', panic() {} });
  log.info('Initializing');
  const opened: Opened = { agentCheck: null, control: null, watch: undefined };
  let globs: GlobSource | null = null;
  // Before anything takes time: a SIGHUP that nobody listens to would end the process.
  const signals = new AgentSignals(log, () => globs?.look());
  try {
    const { configFile, docker } = flags;
    const file = configFile === null ? null : await readConfig(configFile, log);
    const { containers, config } = await whatRuns(docker, file, log);
    globs = config.globs.length === 0 ? null : await globSource(config, log);
    const agent = new Agent({
      bus: config.busServers.length === 0 ? null : busAccess(config.busServers, config.busTls),
      routingApi: config.routingApi === null ? null : await apiChannel(config.routingApi, log),
      unregistrationLimit: config.unregistrationLimit,
      sources: [new FixedSource(FILE_SOURCE, config.routes), globs, containers].filter(
        (each) => each !== null,
      ),
      log,
    });
    return await live(agent, flags, signals, opened, log);
  } catch (error) {
    if (!(error instanceof CannotStart || error instanceof UnusableFile)) throw error;
    log.fatal('Exiting with error', { error });
    printError(error.message);
    return 1;
  } finally {
    clearInterval(opened.watch);
    await opened.control?.close();
    await opened.agentCheck?.close();
    await log.settle();
    log.flush();
  }
}

async function live(
  agent: Agent,
  flags: AgentFlags,
  signals: AgentSignals,
  opened: Opened,
  log: RootLog,
): Promise<number> {
  const folder = stateFolder(flags.stateDir);
  const taken = flags.handover ? await takeOver(folder, log) : null;
  const handedOver = Promise.withResolvers<'handed-over'>();
  const handOver = async (): Promise<void> => {
    await agent.stop('leave');
    handedOver.resolve('handed-over');
  };
  if (folder !== null) {
    const replaces = taken?.isSilent === true;
    const control = await ControlSocket.open(folder, { engine: agent.engine, handOver, replaces });
    if (control instanceof ControlSocket) opened.control = control;
    else if (control instanceof FolderTaken) throw new CannotStart(control.message);
    else if (flags.handover) throw new CannotStart(control);
    else log.error('no-orders-can-be-taken', { reason: control });
  }
  await openAgentCheck(agent, flags, opened, log);
  if (flags.pidFile !== null) writePid(flags.pidFile, log);
  const legacy = folder === null || opened.control === null ? NOTHING_LEFT : legacyIn(folder, log);
  const displaced = Promise.withResolvers<'displaced'>();
  if (opened.control !== null && folder !== null) {
    const { control } = opened;
    agent.keepLegacy(folder, () => control.isOurs);
    opened.watch = every(WATCH_MS, ONE_ROUND, () => {
      if (!control.isOurs) displaced.resolve('displaced');
    });
  }
  agent.start({ ...legacy, drained: [...legacy.drained, ...(taken?.drained ?? [])] });
  log.info('Running');
  const ending = await Promise.race([signals.first, handedOver.promise, displaced.promise, agent.failed]);
  const code = await finish(agent, ending, signals);
  if (flags.pidFile !== null && !['handed-over', 'displaced'].includes(ending)) removePid(flags.pidFile);
  if (code === 0) log.info('Exiting without error');
  else log.error('Exiting with error', { error: ending });
  return code;
}

function legacyIn(folder: string, log: RootLog): Legacy {
  try {
    return readLegacy(folder) ?? NOTHING_LEFT;
  } catch (error) {
    log.error('nothing-was-left', { folder, error });
    return NOTHING_LEFT;
  }
}

async function finish(agent: Agent, ending: string, signals: AgentSignals): Promise<number> {
  switch (ending) {
    case 'handed-over':
      return 0;
    case 'leave':
      await agent.stop('leave');
      return 0;
    case 'displaced':
      await agent.stop('leave');
      printError('another agent has taken the state folder, and has the routes now');
      return 0;
    case 'drain':
      await Promise.race([agent.drain(), signals.stop]);
      await agent.stop('unregister');
      return 0;
    case 'stop': {
      const heard = await agent.stop('unregister');
      if (!heard) printError('stopped without unregistering all: those routes last until they are stale');
      return 0;
    }
    default:
      await agent.stop('leave');
      printError(ending);
      return 1;
  }
}

async function readConfig(path: string, log: RootLog): Promise<AgentConfig> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    const why = getSystemErrorMessage(errno);
    throw new CannotStart(`${path} cannot be read: ${why}; name a file with --configPath FILE`);
  }
  const read = await readAgentFile(text, randomUUID());
  if (!read.ok) throw new CannotStart(`${path}: ${read.error}`);
  for (const warning of read.warnings) log.error('configuration', { warning });
  return read.config;
}

/** What only some agents need is loaded by them alone. */
async function globSource({ globs, defaults }: AgentConfig, log: RootLog): Promise<GlobSource> {
  const { GlobSource } = await import('../agent/glob-source.ts');
  return new GlobSource({ globs, defaults, log });
}

async function apiChannel(entry: RoutingApiEntry, log: RootLog): Promise<ApiChannel> {
  const { openApi } = await import('../agent/open-api.ts');
  return openApi(entry, log);
}

/** @param file there is one where there are no flags */
async function whatRuns(
  docker: DockerFlags | null,
  file: AgentConfig | null,
  log: RootLog,
): Promise<{ containers: ContainerSource | null; config: AgentConfig }> {
  if (docker === null) return { containers: null, config: file! };
  const { containerSource, withBus } = await import('./agent-containers.ts');
  return { containers: containerSource(docker, process.env, log), config: withBus(file, docker) };
}

async function openAgentCheck(agent: Agent, flags: AgentFlags, opened: Opened, log: RootLog): Promise<void> {
  if (flags.agentCheck === null) return;
  const server = agentCheckServer(agent.engine);
  try {
    const port = await server.listen(flags.agentCheck);
    opened.agentCheck = server;
    log.info('answering-agent-checks', { host: flags.agentCheck.host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${message})`;
    throw new CannotStart(`agent port ${flags.agentCheck.port} ${why}: choose another with --agent-port`);
  }
}

/** Null: the user has no home. */
export function stateFolder(named: string | null): string | null {
  if (named !== null) return named;
  const folder = userStateFolder({ env: process.env, home: homedir });
  return folder === null ? null : join(folder, 'agent');
}

function printError(sentence: string): void {
  process.stderr.write(`cellgate: ${sentence}\n`);
}
