import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Account, type FailedAttempt } from '../../src/http/account/account.ts';
import { RequestRing } from '../../src/http/account/request-ring.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { readRecords } from '../../src/runtime/tap/told-record.ts';
import { requestOf } from '../support/parsed-head.ts';

const CLIENT = { address: '10.0.0.1:4711' };

/** @param more of the settings that a record heeds */
function noted(
  ring: RequestRing,
  id: string,
  status: number,
  more: object = {},
  change: (account: Account) => void = () => {},
): void {
  const account = new Account();
  account.open(performance.now(), id);
  account.status = status;
  change(account);
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

test('a record is no longer than another router takes, whatever an endpoint calls itself', () => {
  const ring = new RequestRing();
  const texts = {
    endpoint: { address: `${'h'.repeat(900)}:8080`, instanceId: 'i'.repeat(3000), appId: 'a'.repeat(3000) },
  } as unknown as FailedAttempt['texts'];
  noted(ring, 'long', 502, {}, (account) => {
    account.texts = texts;
    account.failures = [{ texts, at: account.receivedAt, failure: 'dial' }];
  });
  const record = ring.find('long');
  assert.notEqual(record, null);
  assert.deepEqual(readRecords(JSON.parse(JSON.stringify([record]))), [record]);
});
