import { defineConfig } from 'vitest/config';
import { EVERY_TEST } from './vitest.config.ts';

/** What takes minutes or wants a machine of its own, one after the other; by command alone. */
export default defineConfig({
  cacheDir: '.cache/vitest',
  test: {
    ...EVERY_TEST,
    include: ['test/**/*.trial.ts', 'packaging/trial/*.{test,trial}.ts'],
    reporters: ['./test/support/reporter.ts'],
    disableConsoleIntercept: true,
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
