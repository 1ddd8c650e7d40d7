import assert from 'node:assert/strict';
import { overlay } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/read.ts';
import { Router } from '../../src/runtime/router.ts';
import { LOCAL, QUIET } from './router.ts';

/** A whole router that need not have its bus. `config` is laid over one that listens on free local ports only. */
export async function startRouterOf(
  t: { onTestFinished(done: () => unknown): void },
  config: object,
): Promise<Router> {
  const read = parseConfig(JSON.stringify(overlay(LOCAL, config)), 'test.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  const logOptions = { level: 'fatal', source: 'gorouter', timestampFormat: 'rfc3339' } as const;
  const router = await Router.start(read.config, QUIET, logOptions);
  t.onTestFinished(() => router.stop());
  return router;
}
