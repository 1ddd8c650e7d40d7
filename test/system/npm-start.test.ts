import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import type { Addresses } from '../../src/runtime/parts/addresses.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { ask, get } from '../support/raw-http.ts';
import { LOCAL } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test(
  'npm that is told to stop stops the router that it has started',
  skipFor(unlessInstalled('npm')),
  async (t) => {
    const path = configFile(t, JSON.stringify({ ...LOCAL, logging: { level: 'info' } }));
    const args = ['--prefix', ROOT, 'start', '--', '-c', path];
    const npm = new CellgateProcess(t, args, tmpdir(), {}, { program: findProgram('npm')! });
    const { http } = (await npm.started()) as Addresses;
    npm.kill('SIGTERM');
    await npm.exited;
    // Its log had an end, so it has ended itself.
    await npm.until('gorouter.exited');
    await assert.rejects(ask(http, get('nobody.test')));
  },
);
