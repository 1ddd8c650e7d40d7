import { Teardown } from '../socket/teardown.ts';
import { startGoodBackend } from './good-backend.ts';
import { goodHost } from './good-client.ts';
import { Lane } from './lane.ts';
import { WatchedRouter } from './watched-router.ts';

/** A router with good backends, and lanes on which crossings are run beside each other. */
export class Rig {
  readonly router: WatchedRouter;
  readonly lanes: readonly Lane[];
  readonly #teardown: Teardown;

  static async start(count: number): Promise<Rig> {
    const teardown = new Teardown();
    const router = await WatchedRouter.start(teardown);
    for (const version of ['1', '2'] as const) {
      await router.route(goodHost(version), await startGoodBackend(version, teardown), version);
    }
    const lanes: Lane[] = [];
    for (let number = 0; number < count; number++) lanes.push(await Lane.start(router, number, teardown));
    return new Rig(router, lanes, teardown);
  }

  private constructor(router: WatchedRouter, lanes: readonly Lane[], teardown: Teardown) {
    this.router = router;
    this.lanes = lanes;
    this.#teardown = teardown;
  }

  /** Whether the router's process has ended by itself. */
  get isGone(): boolean {
    return this.router.isGone;
  }

  stop(): Promise<void> {
    this.router.onIncident = () => {};
    return this.#teardown.run();
  }
}
