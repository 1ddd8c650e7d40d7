import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { readAdminFile, removeAdminFile, writeAdminFile } from '../../src/admin/admin-file.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';

const FILE = { url: 'http://127.0.0.1:8083', token: 'a-token-of-this-process' };

test('what commands find a router by is for its owner alone, and gone with that router', (t) => {
  const folder = temporaryDirectory(t);
  writeAdminFile(folder, FILE);
  assert.equal(statSync(join(folder, 'admin.json')).mode & 0o777, 0o600);
  assert.deepEqual(readAdminFile(folder), FILE);
  removeAdminFile(folder, { ...FILE, token: 'that-of-a-router-before' });
  assert.deepEqual(readdirSync(folder), ['admin.json']);
  removeAdminFile(folder, FILE);
  assert.deepEqual(readdirSync(folder), []);
});

test('where it cannot be left no token is left either', (t) => {
  const folder = temporaryDirectory(t);
  mkdirSync(join(folder, 'admin.json'));
  assert.throws(() => writeAdminFile(folder, FILE), /EISDIR|ENOTEMPTY|EEXIST/);
  assert.deepEqual(readdirSync(folder), ['admin.json']);
});
