import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const CREDENTIALS = { authorization: `Basic ${Buffer.from('operator:secret').toString('base64')}` };

test('a lookup says where a request that is written the same way goes, whatever its spelling', async (t) => {
  const [root, admin] = [await Backend.start(t, () => ok('root')), await Backend.start(t, () => ok('admin'))];
  const router = await TestRouter.start(t);
  await router.route('x.test', root.port);
  await router.route('x.test/admin', admin.port);
  await router.route('x.test/a|b', admin.port);
  const paths = [
    '/pub/../admin',
    '/./admin',
    '//admin',
    '/admin/',
    '/ADMIN/x',
    '/admin%2f',
    '/a|b',
    '/admin\\x',
    '/ü',
  ];
  for (const path of paths) {
    const answer = await ask(router.port, Buffer.from(get('x.test', path)).toString('latin1'));
    const url = `http://127.0.0.1:${router.router.addresses.routes}/routes/lookup?url=${encodeURIComponent(`http://x.test${path}`)}`;
    const told = (await (await fetch(url, { headers: CREDENTIALS })).json()) as {
      route: string;
      answer: string;
    };
    if (statusOf(answer) !== 200) assert.match(told.answer, new RegExp(`^${statusOf(answer)} `), path);
    else assert.equal(told.route, answer.body === 'root' ? 'x.test' : routeOf(path), path);
  }
});

function routeOf(path: string): string {
  return path.startsWith('/a|') ? 'x.test/a|b' : 'x.test/admin';
}
