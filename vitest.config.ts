import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { tidyCompileCache } from './test/support/compile-cache.ts';
import { type TestKind, testKinds } from './test/support/test-kinds.ts';

const root = import.meta.dirname;
const compiled = `${root}/.cache/tests`;
tidyCompileCache(compiled);

/** What tests of every kind have in common. */
export const EVERY_TEST: TestProjectInlineConfiguration['test'] = {
  pool: 'forks',
  // Code runs as Node runs it: types stripped, nothing transformed, threads and their files where they are.
  experimental: { viteModuleRunner: false, nodeLoader: false },
  // What Node has compiled for the last run need not be compiled for this one.
  env: { NODE_COMPILE_CACHE: compiled },
  setupFiles: ['./test/support/test-process.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  restoreMocks: true,
  includeTaskLocation: true,
};

/** Pure ones share a process; whatever opens sockets or starts something has one to itself. */
function project(name: TestKind, include: string[]): TestProjectInlineConfiguration {
  return { extends: true, test: { ...EVERY_TEST, name, include, isolate: name !== 'pure' } };
}

const kinds = testKinds('test/**/*.test.ts');

export default defineConfig({
  cacheDir: '.cache/vitest',
  test: {
    reporters: ['./test/support/reporter.ts'],
    disableConsoleIntercept: true,
    maxWorkers: 2,
    projects: [project('pure', kinds.pure), project('socket', kinds.socket), project('system', kinds.system)],
  },
});
