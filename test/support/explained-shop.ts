import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { Backend, ok } from './backend.ts';
import { CellgateProcess, temporaryDirectory } from './cellgate-process.ts';
import { TestRouter } from './router.ts';

export const BLUE = '00000000-0000-4000-8000-0000000000b1';
export const GREEN = '00000000-0000-4000-8000-0000000000e2';

/** A router with two applications behind a route, and what it says of requests. */
export async function shop(t: TestContext, config: object = {}) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const router = await TestRouter.start(t, {
    ...config,
    cellgate: { state_dir: folder, proxy_threads: 1, admin: { socket } },
  });
  const apps = new Map<string, Backend>();
  for (const [app, instances] of [
    [BLUE, ['blue-1', 'blue-2']],
    [GREEN, ['green-1']],
  ] as const) {
    for (const [index, id] of instances.entries()) {
      const backend = await Backend.start(t, () => ok(id));
      apps.set(id, backend);
      const more = { app, private_instance_id: id, private_instance_index: String(index) };
      await router.route('shop.test', backend.port, more);
    }
  }
  const command = async (...args: string[]) => {
    const process = new CellgateProcess(t, [...args, '--admin', `unix:${socket}`]);
    const [code] = await process.exited;
    return { code, stdout: process.stdout, stderr: process.stderr };
  };
  const explain = (...args: string[]) => command('explain', ...args);
  const odds = async (...args: string[]): Promise<Map<string, number>> => {
    const { stdout } = await explain('--json', ...args, 'http://shop.test/');
    const { endpoints } = JSON.parse(stdout).routers[0].explanation;
    return new Map(
      endpoints.map(({ instance, odds: each }: { instance: string; odds: number }) => [instance, each]),
    );
  };
  const split = async (...args: string[]) => {
    while ((await command('split', ...args)).code !== 0);
  };
  return { router, apps, command, explain, odds, split };
}
