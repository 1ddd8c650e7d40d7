import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { fileSink } from '../../src/cli/table-sink.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';

async function written(path: string, text: string): Promise<void> {
  const sink = await fileSink(path);
  await sink.write(Buffer.from(text));
  await sink.finish();
  await sink.abandon();
}

describe('a table that is written to a file', () => {
  test('takes its name when it is whole, and leaves nothing where it is given up', async (t) => {
    const folder = temporaryDirectory(t);
    const path = join(folder, 'table');
    writeFileSync(path, 'before');
    const sink = await fileSink(path);
    await sink.write(Buffer.from('half'));
    assert.equal(readFileSync(path, 'utf8'), 'before');
    await sink.abandon();
    await written(path, 'whole');
    assert.equal(readFileSync(path, 'utf8'), 'whole');
    assert.deepEqual(readdirSync(folder), ['table']);
  });

  test('goes where a link leads, and the link stays', async (t) => {
    const folder = temporaryDirectory(t);
    const [path, link] = [join(folder, 'table'), join(folder, 'link')];
    writeFileSync(path, 'before');
    symlinkSync(path, link);
    await written(link, 'whole');
    assert.deepEqual([readFileSync(path, 'utf8'), readlinkSync(link)], ['whole', path]);
    assert.deepEqual(readdirSync(folder).sort(), ['link', 'table']);
  });

  test('takes the place of no pipe or device, which is written to', async (t) => {
    const folder = temporaryDirectory(t);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [text] = await Promise.all([readFile(pipe, 'utf8'), written(pipe, 'whole')]);
    assert.equal(text, 'whole');
    assert.ok(lstatSync(pipe).isFIFO());
    assert.deepEqual(readdirSync(folder), ['pipe']);
  });

  test('is refused where there is a folder', async (t) => {
    const folder = temporaryDirectory(t);
    await assert.rejects(written(folder, 'whole'), /EISDIR|EEXIST|ENOTEMPTY/);
  });
});
