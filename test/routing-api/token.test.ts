import assert from 'node:assert/strict';
import { test } from 'vitest';
import { HttpRoutes } from '../../src/routing-api/http-routes.ts';
import { routingApi, WakingLog } from '../support/follower-fixture.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';
import { RoutingApiPeer } from '../support/routing-api-peer.ts';

const CLIENT = { client: { name: 'gorouter', secret: 'very secret' } };
const PATH = '/routing/v1/routes';
const NEVER = new AbortController().signal;

test('one token serves all who ask, until shortly before it ends', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const api = routingApi(t, peer);
  await Promise.all([api.list(PATH, NEVER), api.list(PATH, NEVER), api.events('/routing/v1/events', NEVER)]);
  await api.list(PATH, NEVER);
  assert.equal(peer.tokensIssued, 1);

  const impatient = routingApi(t, peer, { margin: 3600_000 });
  await impatient.list(PATH, NEVER);
  await impatient.list(PATH, NEVER);
  assert.equal(peer.tokensIssued, 3);
});

test('§6.8 a list that is unauthorized is asked for once more, with a new token', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const api = routingApi(t, peer);
  await api.list(PATH, NEVER);
  peer.revokeTokens();
  await api.list(PATH, NEVER);
  assert.equal(peer.tokensIssued, 2);
  peer.failures.set(PATH, 401);
  await assert.rejects(api.list(PATH, NEVER), /answered 401$/);
  assert.equal(peer.count(PATH), 5);
});

test('§6.8 a stream that is unauthorized is opened again with a new token', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const log = new WakingLog();
  const api = routingApi(t, peer);
  const { registry } = new RegistryFixture();
  const { follower } = new HttpRoutes({ api, registry, syncInterval: 60_000, retryInterval: 10, log });
  await follower.fetchOnce();
  peer.revokeTokens();
  follower.start();
  t.onTestFinished(() => follower.stop());
  await log.until(() => log.of('Successfully-subscribed-to-routing-api-event-stream').length === 1);
  assert.equal(log.of('Failed-to-subscribe-to-routing-api-event-stream').length, 1);
  assert.equal(peer.tokensIssued, 2);
});

test('a UAA that fails is asked again as often as configured, and then the failure is counted', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const api = routingApi(t, peer);
  peer.failures.set('/oauth/token', 500);
  await assert.rejects(
    api.list(PATH, NEVER),
    /^TokenError: unable-to-fetch-token: .*\/oauth\/token answered 500$/,
  );
  assert.equal(peer.count('/oauth/token'), 3);
  assert.equal(api.tokenFetchErrors, 1);
});

test('§5.4 §6.7 asking for a token is told of in the words of gorouter, without the secret', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const log = new WakingLog();
  const api = routingApi(t, peer, { retries: 1 }, {}, log);
  await api.authenticate(NEVER);
  assert.deepEqual(log.messages, ['started-fetching-token', 'successfully-fetched-token']);
  peer.failures.set('/oauth/token', 500);
  const failing = routingApi(t, peer, { retries: 1 }, {}, log);
  await failing.authenticate(NEVER).catch(() => {});
  assert.deepEqual(log.messages.slice(2), [
    'started-fetching-token',
    'error-fetching-token',
    'retry-fetching-token',
    'error-fetching-token',
  ]);
  assert.doesNotMatch(JSON.stringify(log.lines.map(({ data }) => data)), /secret/);
});

test('a UAA that refuses the client is not asked again, and neither secret nor token is in any message', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const api = routingApi(t, peer, { secret: 'wrong secret' });
  const error = await api.list(PATH, NEVER).catch(String);
  assert.match(String(error), /unable-to-fetch-token: .* answered 401$/);
  assert.doesNotMatch(String(error), /secret/);
  assert.equal(peer.count('/oauth/token'), 1);
});

test('a UAA that answers with something else than a token, or never, is said to, without what it said', async (t) => {
  const peer = await RoutingApiPeer.start(t, CLIENT);
  const api = routingApi(t, peer, { retries: 0 });
  peer.failures.set('/oauth/token', 'malformed');
  await assert.rejects(api.list(PATH, NEVER), /the UAA answered something else than a JSON object/);
  peer.failures.set('/oauth/token', 'no-list');
  await assert.rejects(api.list(PATH, NEVER), /^TokenError: empty token fetched$/);
  for (const failure of ['silent', 'slow'] as const) {
    peer.failures.set('/oauth/token', failure);
    await assert.rejects(api.list(PATH, NEVER), /\/oauth\/token did not answer in time$/);
  }
});
