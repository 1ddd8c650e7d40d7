import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Account } from '../../src/http/account/account.ts';
import { RequestRing } from '../../src/http/account/request-ring.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { requestOf } from '../support/parsed-head.ts';

const CLIENT = { address: '10.0.0.1:4711' };

/** @param more of the settings that a record heeds */
function noted(ring: RequestRing, id: string, status: number, more: object = {}): void {
  const account = new Account();
  account.open(performance.now(), id);
  account.status = status;
  const { head, request } = requestOf('GET /a?secret=1 HTTP/1.1', 'Host: shop.test');
  const settings = { accessLog: { redactQuery: 'none' }, logSourceAddress: true, ...more };
  ring.note(
    { head, request, client: CLIENT, upgradeTo: null } as unknown as Parameters<RequestRing['note']>[0],
    account,
    settings as HttpSettings,
  );
}

test('of the last requests that failed so many are kept, the newest first', () => {
  const ring = new RequestRing();
  for (let at = 0; at < 1300; at++) noted(ring, `id-${at}`, at % 2 === 0 ? 502 : 200);
  const latest = ring.latest();
  assert.equal(latest.length, 512);
  assert.deepEqual(
    latest.slice(0, 2).map(({ id }) => id),
    ['id-1298', 'id-1296'],
  );
  assert.equal(ring.find('id-1298')?.status, 502);
  assert.equal(ring.find('id-1299'), null, 'one that did not fail');
  assert.equal(ring.find('id-0'), null, 'one of long ago');
});

test('a record has of a query and of a client what the access log has', () => {
  const ring = new RequestRing();
  noted(ring, 'open', 500);
  noted(ring, 'masked', 500, { accessLog: { redactQuery: 'all' }, logSourceAddress: false });
  assert.equal(ring.find('open')?.line, 'GET /a?secret=1 HTTP/1.1');
  assert.equal(ring.find('open')?.client, '10.0.0.1:4711');
  assert.equal(ring.find('masked')?.line, 'GET /a HTTP/1.1');
  assert.equal(ring.find('masked')?.client, '');
});
