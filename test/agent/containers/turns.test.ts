import assert from 'node:assert/strict';
import { test } from 'vitest';
import { EngineApi } from '../../../src/agent/docker/engine-api.ts';
import { Turns } from '../../../src/agent/docker/turns.ts';
import { container } from '../../support/container.ts';
import { DockerEngine } from '../../support/docker-engine.ts';

test('as many as there are places are busy, and the others come in their order', async () => {
  const turns = new Turns(2);
  const come: number[] = [];
  for (const each of [1, 2, 3, 4]) void turns.enter().then(() => come.push(each));
  await new Promise(setImmediate);
  assert.deepEqual(come, [1, 2]);
  turns.leave();
  await new Promise(setImmediate);
  assert.deepEqual(come, [1, 2, 3]);
  turns.leave();
  turns.leave();
  await turns.enter();
  await new Promise(setImmediate);
  assert.deepEqual(come, [1, 2, 3, 4]);
});

test('however many containers are asked for at once, an engine is not asked for more than a few', async (t) => {
  const engine = await new DockerEngine(t).start();
  const api = new EngineApi({ kind: 'socket', path: engine.path });
  t.onTestFinished(() => api.close());
  const ids = Array.from({ length: 50 }, (_, index) => index.toString(16).padStart(64, '0'));
  let busy = 0;
  let most = 0;
  engine.script = (_path, response) => {
    most = Math.max(most, ++busy);
    response.once('close', () => busy--);
    return null;
  };
  for (const id of ids) engine.containers.set(id, container({}, { id }));
  const { signal } = new AbortController();
  const answers = await Promise.all(ids.map((id) => api.inspect(id, signal)));
  assert.equal(answers.length, 50);
  assert.ok(most <= 5, String(most));
});
