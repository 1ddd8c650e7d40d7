import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Health, type HealthState } from '../../src/status/health.ts';

function after(...steps: HealthState[]): HealthState {
  const health = new Health();
  for (const step of steps) health.become(step);
  return health.state;
}

test('§6.1 a router starts initializing, becomes healthy and ends degraded', () => {
  assert.equal(after(), 'initializing');
  assert.equal(after('healthy'), 'healthy');
  assert.equal(after('healthy', 'degraded'), 'degraded');
});

test('a router may degrade before it was healthy', () => {
  assert.equal(after('degraded'), 'degraded');
});

test('there is no way back', () => {
  assert.equal(after('degraded', 'healthy'), 'degraded');
  assert.equal(after('degraded', 'initializing'), 'degraded');
  assert.equal(after('healthy', 'initializing'), 'healthy');
});
