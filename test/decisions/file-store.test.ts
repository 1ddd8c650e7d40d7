import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, type TestContext, test } from 'vitest';
import type { DecisionEntry, JsonObject } from '../../src/decisions/decision.ts';
import { DecisionsFile } from '../../src/decisions/decisions-file.ts';
import { FileStore } from '../../src/decisions/file-store.ts';
import { LatestDecisions } from '../../src/decisions/latest-decisions.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { LogLines } from '../support/registry-fixture.ts';

async function opened(folder: string, latest = new LatestDecisions()) {
  const log = new LogLines();
  let now = 1_700_000_000_000;
  const file = new DecisionsFile(folder, log);
  const store = new FileStore({ file, latest, log, now: () => now++ });
  await store.open();
  return { store, log, file };
}

async function fixture(t: TestContext) {
  const folder = join(temporaryDirectory(t), 'state');
  const { store, log, file } = await opened(folder);
  t.onTestFinished(() => store.close());
  return { folder, store, log, file };
}

/** The plainest store: a list of all steps that were ever taken. */
class Model {
  readonly steps: { key: string; value: JsonObject | null; revision: number }[] = [];

  write(key: string, value: JsonObject | null, expected: number): string {
    const last = this.steps.findLast((step) => step.key === key);
    const is = last?.revision ?? 0;
    const isThere = last !== undefined && last.value !== null;
    if (expected !== is && !(expected === 0 && !isThere)) return `conflict ${isThere ? is : 0}`;
    const revision = this.steps.length + 1;
    this.steps.push({ key, value, revision });
    return `ok ${revision}`;
  }

  current(): object {
    const last = new Map(this.steps.map(({ key, value }) => [key, value]));
    return Object.fromEntries([...last].filter(([, value]) => value !== null));
  }

  history(key: string): (JsonObject | null)[] {
    return this.steps
      .filter((step) => step.key === key)
      .slice(-32)
      .map(({ value }) => value);
  }
}

const KEYS = ['split.a', 'split.b', 'static.c'];
const operation = fc.record({
  key: fc.constantFrom(...KEYS),
  removes: fc.boolean(),
  // What the key has, mostly; otherwise something else.
  guess: fc.option(fc.nat({ max: 6 }), { freq: 3 }),
  reopens: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

test('any order of puts and removals comes to what a plain list of steps comes to, also after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 50 }), async (operations) => {
      const folder = mkdtempSync(join(tmpdir(), 'cellgate-test-'));
      let { store } = await opened(folder);
      const model = new Model();
      let told: DecisionEntry[] = [];
      store.watch((entry) => told.push(entry));
      for (const [index, { key, removes, guess, reopens }] of operations.entries()) {
        const is = model.steps.findLast((step) => step.key === key)?.revision ?? 0;
        const expected = Math.max(guess ?? is, removes ? 1 : 0);
        const value = removes ? null : { index };
        const outcome =
          value === null
            ? await store.remove(key, 'ann', expected)
            : await store.put(key, value, 'ann', expected);
        assert.ok(outcome.outcome === 'ok' || outcome.outcome === 'conflict');
        assert.equal(`${outcome.outcome} ${outcome.revision}`, model.write(key, value, expected));
        if (reopens) {
          await store.close();
          ({ store } = await opened(folder));
          const before = told;
          told = [...before];
          store.watch((entry) => {
            if (entry.revision > (before.at(-1)?.revision ?? 0)) told.push(entry);
          });
        }
      }
      const current = store.current().map(({ key, value }) => [key, value]);
      assert.deepEqual(Object.fromEntries(current), model.current());
      assert.deepEqual(
        told.map(({ key, value, revision }) => ({ key, value, revision })),
        model.steps,
      );
      for (const key of KEYS) {
        const history = await store.history(key);
        assert.ok(history.outcome === 'ok');
        assert.deepEqual(
          history.entries.map(({ value }) => value),
          model.history(key),
        );
      }
      await store.close();
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 40 },
  );
});

describe('the file of decisions', () => {
  test('two writers at once: one wins, the other is told what stands there', async (t) => {
    const { store } = await fixture(t);
    const outcomes = await Promise.all([
      store.put('split.a', { b: 10 }, 'ann', 0),
      store.put('split.a', { b: 90 }, 'ben', 0),
    ]);
    const current = store.current()[0]!;
    assert.deepEqual(outcomes, [
      { outcome: 'ok', revision: 1 },
      { outcome: 'conflict', current, revision: 1 },
    ]);
    assert.deepEqual([current.value, current.by], [{ b: 10 }, 'ann']);
  });

  test('of cutovers and leases the last step is kept alone, since all are written with every other decision', async (t) => {
    const { folder, store, file } = await fixture(t);
    const record = 'x'.repeat(20_000);
    const revisions = new Map([
      ['cutover.a', 0],
      ['lease.a', 0],
    ]);
    for (let at = 0; at < 40; at++) {
      for (const [key, revision] of revisions) {
        const outcome = await store.put(key, { record, at }, 'r1', revision);
        assert.ok(outcome.outcome === 'ok');
        revisions.set(key, outcome.revision);
      }
    }
    assert.ok(statSync(file.path).size < 3 * record.length, `${statSync(file.path).size} bytes`);
    await store.close();
    const { store: again } = await opened(folder);
    t.onTestFinished(() => again.close());
    assert.deepEqual(
      again.current().map(({ key, revision: of }) => [key, of]),
      [
        ['cutover.a', 79],
        ['lease.a', 80],
      ],
    );
  });

  test('no more than 32 steps are kept of a key, and revisions never come again', async (t) => {
    const { folder, store } = await fixture(t);
    await store.put('split.b', {}, 'ann', 0);
    for (let i = 0; i < 40; i++) await store.put('split.a', { i }, 'ann', i === 0 ? 0 : i + 1);
    await store.close();
    const again = await opened(folder);
    t.onTestFinished(() => again.store.close());
    const history = await again.store.history('split.a');
    assert.ok(history.outcome === 'ok');
    assert.deepEqual([history.entries.length, history.entries.at(-1)!.revision], [32, 41]);
    assert.deepEqual(await again.store.put('static.c', {}, 'ann', 0), { outcome: 'ok', revision: 42 });
  });

  test('only the router itself may read them', async (t) => {
    const { folder, store, file } = await fixture(t);
    assert.equal(file.presence, 'absent');
    await store.put('split.a', {}, 'ann', 0);
    assert.equal(file.presence, 'present');
    assert.equal(statSync(file.path).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(folder), ['decisions.log']);
  });

  test('a wrong request is refused with its fault, and changes nothing', async (t) => {
    const { store, file } = await fixture(t);
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const requests = [
      [store.put('split', {}, 'ann', 0), /^key: found "split", allowed: two or more tokens/],
      [
        store.put('split.a', { text: 'x'.repeat(70_000) }, 'ann', 0),
        /^value: found 70011 bytes, allowed: at most 65536$/,
      ],
      [store.put('split.a', cycle, 'ann', 0), /^value: no JSON object$/],
      [store.put('split.a', [] as never, 'ann', 0), /^value: no JSON object$/],
      [store.put('split.a', {}, '', 0), /^by: found nothing, allowed: the name of whoever decides$/],
      [store.put('split.a', {}, 'a\nb', 0), /^by: allowed: text of at most 256 characters/],
      [store.put('split.a', {}, 'ann', -1), /^expected revision: found -1, allowed: an integer from 1$/],
      [store.remove('split.a', 'ann', 0), /^expected revision: found 0, allowed: an integer from 1$/],
    ] as const;
    for (const [request, why] of requests) {
      const outcome = await request;
      assert.ok(outcome.outcome === 'refused');
      assert.match(outcome.why, why);
    }
    assert.equal(file.presence, 'absent');
  });

  test('values of all decisions together stay small enough to be kept in memory', async (t) => {
    const latest = new LatestDecisions();
    const value = { text: 'x'.repeat(65_000) };
    const bytes = JSON.stringify(value).length;
    const count = Math.floor((8 * 1024 * 1024) / bytes);
    latest.replace(
      Array.from({ length: count }, (_, i) => ({
        key: `split.${i}`,
        value,
        revision: i + 1,
        at: 1,
        by: 'ann',
      })),
    );
    const { store } = await opened(temporaryDirectory(t), latest);
    t.onTestFinished(() => store.close());
    assert.deepEqual(await store.put('split.more', value, 'ann', 0), {
      outcome: 'refused',
      why: `values of all decisions would come to ${(count + 1) * bytes} bytes, allowed: at most 8388608`,
    });
    assert.deepEqual(await store.put('split.0', value, 'ann', 1), { outcome: 'ok', revision: count + 1 });
  });

  test('a damaged line costs itself, is named in the log, and the file of before is set aside', async (t) => {
    const { folder, store, file } = await fixture(t);
    for (const key of ['split.a', 'split.b', 'split.c']) await store.put(key, { key }, 'ann', 0);
    await store.close();
    const damaged = readFileSync(file.path, 'utf8').replace('"key":"split.b"}', '"key":"split.x"}');
    writeFileSync(file.path, damaged);
    const { store: again, log } = await opened(folder);
    t.onTestFinished(() => again.close());
    assert.deepEqual(
      again.current().map(({ key }) => key),
      ['split.a', 'split.c'],
    );
    const { data } = log.lines.find(({ message }) => message === 'decision-line-rejected')!;
    assert.deepEqual(data, { file: file.path, line: 3, error: 'checksum: does not match the line' });
    await again.put('split.d', {}, 'ann', 0);
    const aside = readdirSync(folder).find((name) => name.startsWith('decisions.log.bad-'))!;
    assert.equal(readFileSync(join(folder, aside), 'utf8'), damaged);
  });

  test('a file that is damaged is set aside once, however often it is read', async (t) => {
    const { folder, store, file } = await fixture(t);
    await store.put('split.a', {}, 'ann', 0);
    await store.close();
    writeFileSync(file.path, 'rubbish');
    for (let start = 0; start < 3; start++) await (await opened(folder)).store.close();
    assert.equal(readdirSync(folder).length, 2);
  });

  test('what a damaged, an emptied or a missing file has lost holds as far as it is remembered', async (t) => {
    const { folder, store, file } = await fixture(t);
    await store.put('split.a', { n: 1 }, 'ann', 0);
    await store.put('split.b', { n: 2 }, 'ann', 0);
    await store.put('split.a', { n: 3 }, 'ann', 1);
    await store.put('split.c', { n: 4 }, 'ann', 0);
    await store.remove('split.c', 'ann', 4);
    await store.close();
    const known = store.current();
    const whole = readFileSync(file.path, 'utf8');
    const damages: [damage: () => void, lines: number][] = [
      [() => writeFileSync(file.path, whole.replace('"n":3', '"n":7')), 1],
      [() => writeFileSync(file.path, ''), 1],
      [() => rmSync(file.path), 0],
    ];
    for (const [damage, lines] of damages) {
      damage();
      const latest = new LatestDecisions();
      latest.replace([...known, { key: 'split.c', value: null, revision: 5, at: 5, by: 'ann' }]);
      const { store: again, log } = await opened(folder, latest);
      t.onTestFinished(() => again.close());
      assert.deepEqual(
        again.current().toSorted((a, b) => a.revision - b.revision),
        known.toSorted((a, b) => a.revision - b.revision),
      );
      assert.equal(log.messages.filter((message) => message === 'decision-line-rejected').length, lines);
      assert.deepEqual(await again.put('split.d', {}, 'ann', 0), { outcome: 'ok', revision: 6 });
      await again.remove('split.d', 'ann', 6);
      writeFileSync(file.path, whole);
    }
  });

  test('a file of a later format is neither read nor written over', async (t) => {
    const folder = temporaryDirectory(t);
    const path = join(folder, 'decisions.log');
    const header = '{"format":"cellgate decisions","version":2}';
    const written = `${crc32(header).toString(16).padStart(8, '0')} ${header}\n`;
    writeFileSync(path, written);
    const { store } = await opened(folder);
    t.onTestFinished(() => store.close());
    const why = `${path}: format version 2 is not known, allowed: 1`;
    assert.deepEqual(await store.put('split.a', {}, 'ann', 0), { outcome: 'refused', why });
    assert.equal(readFileSync(path, 'utf8'), written);
  });

  test('a folder that cannot be written says so to each writer, and works again when it can', async (t) => {
    const { store, log, file } = await fixture(t);
    await store.put('split.a', {}, 'ann', 0);
    // In the way of what is written first; permissions do not stop a superuser.
    mkdirSync(`${file.path}.new`);
    for (let i = 0; i < 2; i++) {
      const outcome = await store.put('split.b', {}, 'ann', 0);
      assert.ok(outcome.outcome === 'away');
      assert.match(outcome.why, /^cannot write .*decisions\.log: EISDIR/);
    }
    assert.equal(store.state.name, 'away');
    assert.equal(log.messages.filter((message) => message === 'decision-store-away').length, 1);
    assert.deepEqual(
      store.current().map(({ key }) => key),
      ['split.a'],
    );
    rmSync(`${file.path}.new`, { recursive: true });
    assert.deepEqual(await store.put('split.b', {}, 'ann', 0), { outcome: 'ok', revision: 2 });
    assert.equal(store.state.name, 'reachable');
  });

  test('a file that cannot be read leaves what is remembered as it is', async (t) => {
    const folder = temporaryDirectory(t);
    mkdirSync(join(folder, 'decisions.log'));
    const latest = new LatestDecisions();
    const known = { key: 'split.a', value: { b: 10 }, revision: 7, at: 900, by: 'ann' };
    latest.replace([known]);
    const { store } = await opened(folder, latest);
    t.onTestFinished(() => store.close());
    assert.equal(store.state.name, 'away');
    assert.deepEqual(store.current(), [known]);
    assert.equal((await store.put('split.a', {}, 'ann', 7)).outcome, 'away');
    assert.equal((await store.history('split.a')).outcome, 'away');
    rmSync(join(folder, 'decisions.log'), { recursive: true });
    assert.deepEqual(await store.put('split.a', {}, 'ann', 7), { outcome: 'ok', revision: 8 });
  });

  test('nobody waits for a pipe or a device in the place of a file, nor writes through a link', async (t) => {
    const { folder, store } = await fixture(t);
    await store.put('split.a', { n: 1 }, 'ann', 0);
    await store.close();
    const path = join(folder, 'decisions.log');
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'as it is');
    const odd = [
      (at: string) => execFileSync('mkfifo', [at]),
      (at: string) => symlinkSync('/dev/zero', at),
      (at: string) => symlinkSync(elsewhere, at),
    ];
    for (const make of odd) {
      make(`${path}.new`);
      const { store: again } = await opened(folder);
      assert.equal(
        (
          await again.put(
            'split.b',
            { n: 2 },
            'ben',
            again.current().find(({ key }) => key === 'split.b')?.revision ?? 0,
          )
        ).outcome,
        'ok',
      );
      await again.close();
    }
    assert.equal(readFileSync(elsewhere, 'utf8'), 'as it is');
    for (const make of odd.slice(0, 2)) {
      rmSync(path);
      make(path);
      const { store: again } = await opened(folder);
      const outcome = await again.put('split.a', {}, 'ann', 0);
      assert.ok(outcome.outcome === 'away');
      assert.match(outcome.why, /^cannot read .*: it is no regular file$/);
      await again.close();
    }
  });

  test('writes that come together are what they would be one after the other', async (t) => {
    const { folder, store } = await fixture(t);
    const outcomes = await Promise.all([
      store.put('split.a', { n: 1 }, 'ann', 0),
      store.put('split.b', { n: 2 }, 'ann', 0),
      store.put('split.a', { n: 3 }, 'bob', 0),
      store.put('split.c', { n: 4 }, 'ann', 9),
      store.put('split.a', { n: 5 }, 'ann', 1),
      store.remove('split.b', 'bob', 2),
    ]);
    assert.deepEqual(
      outcomes.map((each) => ('revision' in each ? [each.outcome, each.revision] : each.outcome)),
      [
        ['ok', 1],
        ['ok', 2],
        ['conflict', 1],
        ['conflict', 0],
        ['ok', 4],
        ['ok', 3],
      ],
    );
    await store.close();
    const { store: again } = await opened(folder);
    t.onTestFinished(() => again.close());
    assert.deepEqual(
      again.current().map(({ key, value, revision }) => [key, value, revision]),
      [['split.a', { n: 5 }, 4]],
    );
  });
});
