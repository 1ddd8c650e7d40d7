import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type RouterFigures, routerReadings } from '../../src/otel/router-readings.ts';
import { COUNTERS } from '../../src/telemetry/counters.ts';
import { RequestCells } from '../../src/telemetry/request-cells.ts';

/** Every counter stands at its place in the list. */
function figures(memory: SharedArrayBuffer): RouterFigures {
  return {
    count: (name) => COUNTERS.indexOf(name),
    requests: () => RequestCells.sums(memory),
    table: { poolCount: 7 },
    busState: () => 'connected',
  };
}

test('the figures of a router are those that are counted, durations in seconds', () => {
  const memory = RequestCells.allocate(2);
  const cells = [new RequestCells(memory, 0), new RequestCells(memory, 1)] as const;
  cells[0].end('answered', 2);
  cells[1].end('answered', 3000);
  cells[1].end('aborted', -1);
  const readings = new Map(routerReadings(figures(memory)).map((each) => [each.name, each]));
  const duration = readings.get('http.server.request.duration');
  assert.ok(duration?.kind === 'histogram');
  assert.deepEqual(
    [duration.unit, duration.bounds[0], duration.bounds.at(-1), duration.counts],
    ['s', 0.005, 10, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]],
  );
  assert.ok(Math.abs(duration.sum - 3.002) < 3.002 * 0.06);
  const points = (name: string) => {
    const reading = readings.get(name);
    assert.ok(reading !== undefined && reading.kind !== 'histogram', name);
    return reading.points;
  };
  const ended = points('cellgate.requests.ended').filter(({ value }) => value > 0);
  assert.deepEqual(ended, [
    { attributes: { outcome: 'answered' }, value: 2 },
    { attributes: { outcome: 'aborted' }, value: 1 },
  ]);
  assert.deepEqual(points('cellgate.routes'), [{ attributes: {}, value: 7 }]);
  assert.deepEqual(points('cellgate.bus.connected'), [{ attributes: {}, value: 1 }]);
  assert.deepEqual(points('cellgate.retries'), [{ attributes: {}, value: COUNTERS.indexOf('retries') }]);
  assert.deepEqual(
    points('cellgate.otel.spans').map(({ attributes }) => attributes['outcome']),
    ['exported', 'dropped', 'refused'],
  );
  assert.equal(points('http.server.active_requests')[0]!.value, 0, 'never below none');
  assert.equal(new Set(routerReadings(figures(memory)).map(({ name }) => name)).size, readings.size);
});
