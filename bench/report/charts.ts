import { PERCENTILES } from '../load/thinking.ts';
import { busyConnections } from '../scenarios/connections.ts';
import { ROUTE_COUNTS, withRoutes } from '../scenarios/small-requests.ts';
import type { Row } from '../summary.ts';
import { renderBars } from './bar-chart.ts';
import { renderLines } from './line-chart.ts';
import { describeMachine } from './machine.ts';
import type { Result } from './report.ts';
import { thousands } from './thousands.ts';

export interface Drawing {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

const OURS = 'cellgate';
/** Connections of the scenarios with few. */
const FEW = 64;

/** Those for which there are results. */
export function drawCharts(results: readonly Result[]): Drawing[] {
  const byName = new Map(results.map((result) => [result.name, result]));
  const drawings = [
    drawCosts(byName.get('get')),
    drawLatency(byName.get('half-load')),
    drawRoutes(byName.get('routes')),
    drawConnections(byName),
  ];
  return drawings.filter((drawing) => drawing !== undefined);
}

function drawCosts(result: Result | undefined): Drawing | undefined {
  if (!result) return undefined;
  const title = 'CPU time per request';
  const bars = result.rows.map(({ name, cost }) => ({ label: name, value: cost!, ours: name === OURS }));
  const svg = renderBars({ title, subtitles: subtitles(result), unit: 'µs', bars });
  return { file: 'cpu-per-request.svg', title: 'CPU time per request, by proxy', svg };
}

function drawLatency(result: Result | undefined): Drawing | undefined {
  if (!result) return undefined;
  const title = 'Latency at half load';
  const svg = renderLines({
    title,
    subtitles: subtitles(result),
    // Each nine takes the same room.
    ticks: PERCENTILES.map((p) => ({ at: -Math.log10(1 - p / 100), label: String(p) })),
    xTitle: 'percentile',
    yTitle: 'ms',
    series: result.rows.map(({ name, percentiles }) => ({
      label: name,
      ours: name === OURS,
      values: percentiles!.map(([, milliseconds]) => milliseconds),
    })),
  });
  return { file: 'latency.svg', title, svg };
}

function drawRoutes(result: Result | undefined): Drawing | undefined {
  if (!result) return undefined;
  const title = 'Cost by number of routes';
  const ours = ROUTE_COUNTS.map((routes) => costOf(result.rows, withRoutes(routes)));
  const others = result.rows.filter(({ name }) => !name.startsWith(OURS));
  const svg = renderLines({
    title,
    subtitles: subtitles(result),
    ticks: ROUTE_COUNTS.map((routes) => ({ at: Math.log10(routes + 1), label: thousands(routes + 1) })),
    xTitle: "routes in cellgate's table; the others have one",
    yTitle: 'CPU µs per request',
    series: [
      { label: OURS, ours: true, values: ours },
      ...others.map(({ name, cost }) => ({
        label: name,
        ours: false,
        values: ROUTE_COUNTS.map(() => cost?.median),
      })),
    ],
  });
  return { file: 'routes.svg', title, svg };
}

function drawConnections(results: ReadonlyMap<string, Result>): Drawing | undefined {
  const few = results.get('routes');
  const many = [...busyConnections].map(([count, { name }]) => [count, results.get(name)] as const);
  const [newest] = many.flatMap(([, result]) => result ?? []);
  if (!few || !newest) return undefined;
  const measured = [[FEW, few] as const, ...many];
  const title = 'Cost by number of busy connections';
  const svg = renderLines({
    title,
    subtitles: [`GET, 110-byte answer, 1 001 routes`, describeMachine(newest.machine)],
    ticks: measured.map(([count]) => ({ at: Math.log10(count), label: thousands(count) })),
    xTitle: 'connections',
    yTitle: 'CPU µs per request',
    series: newest.rows.map(({ name }) => ({
      label: name,
      ours: name === OURS,
      values: measured.map(([count, result]) =>
        costOf(result?.rows, name === OURS && count === FEW ? withRoutes(1000) : name),
      ),
    })),
  });
  return { file: 'connections.svg', title, svg };
}

function subtitles({ title, machine }: Result): [string, string] {
  return [title, describeMachine(machine)];
}

function costOf(rows: readonly Row[] | undefined, name: string): number | undefined {
  return rows?.find((row) => row.name === name)?.cost?.median;
}
