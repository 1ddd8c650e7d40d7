import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { CellgateProcess, temporaryDirectory } from './cellgate-process.ts';
import { Podman } from './podman.ts';
import { ask, get } from './raw-http.ts';
import { SteadyLoad } from './steady-load.ts';

export const HOST = 'shop.test';
/** Of an application that is checked often, and drained soon. */
export const LABELS = {
  'cellgate.route': HOST,
  'cellgate.check.path': '/health',
  'cellgate.check.interval': '200ms',
  'cellgate.drain': '300ms',
};

/** A router, an engine, and an agent between them. */
export class ContainerBed {
  readonly podman: Podman;
  readonly port: number;
  readonly agent: CellgateProcess;
  readonly #t: TestContext;
  readonly #unanswered: Promise<unknown>[] = [];
  readonly #environment: NodeJS.ProcessEnv;

  /** @param options more of the agent */
  static async start(
    t: TestContext,
    options: (podman: Podman) => string[] = () => [],
  ): Promise<ContainerBed> {
    const podman = await Podman.start(t);
    const router = CellgateProcess.router(t);
    const { http, bus } = await router.started();
    const environment = { CELLGATE_STATE_DIR: temporaryDirectory(t) };
    const args = [
      '--docker',
      '--docker-socket',
      podman.socket,
      '--bus',
      `nats://127.0.0.1:${bus}`,
      ...options(podman),
    ];
    const agent = new CellgateProcess(t, ['agent', ...args, '-logLevel', 'debug'], tmpdir(), environment);
    await agent.until('Route Registrar.following-containers');
    return new ContainerBed(t, podman, http, agent, environment);
  }

  private constructor(
    t: TestContext,
    podman: Podman,
    port: number,
    agent: CellgateProcess,
    environment: NodeJS.ProcessEnv,
  ) {
    this.#t = t;
    this.podman = podman;
    this.port = port;
    this.agent = agent;
    this.#environment = environment;
  }

  /** Unregisters, and resolves when the application may stop. */
  async drain(name: string): Promise<void> {
    const order = new CellgateProcess(this.#t, ['agent', 'drain', name], tmpdir(), this.#environment);
    assert.deepEqual(await order.exited, [0, null], order.stderr);
  }

  /** As one does before a container is stopped. */
  async retire(name: string): Promise<void> {
    await this.drain(name);
    await this.podman.do('rm', '--force', '--time', '5', name);
  }

  /** Resolves when `turns` requests in a row were answered by exactly these. */
  async servedBy(...names: string[]): Promise<void> {
    const turns = 4 * names.length;
    for (;;) {
      const seen = new Set<string>();
      for (let turn = 0; turn < turns; turn++) seen.add(await this.#ask());
      if ([...seen].toSorted().join() === names.toSorted().join()) return;
    }
  }

  /** Resolves when what was sent to a container that was paused then has been answered, too. */
  async caughtUp(): Promise<void> {
    await Promise.all(this.#unanswered);
  }

  async #ask(): Promise<string> {
    const answer = ask(this.port, get(HOST, '/x'));
    const late = setTimeout(PATIENCE_MS, null, { ref: false });
    const first = await Promise.race([answer, late]);
    if (first === null) this.#unanswered.push(answer);
    return first === null ? 'nobody' : first.body.split(' ')[0]!;
  }
}

/** Who has no answer for so long may be paused. */
const PATIENCE_MS = 1_000;

/** Runs under load, and expects that none of it fails. */
export async function underLoad(bed: ContainerBed, work: () => Promise<void>): Promise<void> {
  const load = new SteadyLoad(HOST);
  load.start(bed.port, 4);
  await load.more(20);
  await work();
  await load.more(20);
  await load.stop();
  assert.deepEqual(load.failures, []);
}
