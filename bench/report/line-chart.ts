import { escapeXml, type Heading, renderSvg, WIDTH } from './svg.ts';

interface Series {
  readonly label: string;
  /** Drawn in the accent colour. */
  readonly ours: boolean;
  /** In the order of `ticks`; undefined where nothing was measured. */
  readonly values: readonly (number | undefined)[];
}

export interface LineChart extends Heading {
  /** Where each value stands on the horizontal axis, ascending, and what is written there. */
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
}

const LEFT = 44;
const RIGHT = 110;
const TOP = 104;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = 230;
const BOTTOM = TOP + PLOT_HEIGHT;
const HEIGHT = BOTTOM + 48;
const LABEL_HEIGHT = 17;
const GRID_LINES = 5;

/** Lines with their labels at the right end, values from zero, as an SVG document. */
export function renderLines({ ticks, xTitle, yTitle, series, ...heading }: LineChart): string {
  const [first, last] = [ticks[0]!.at, ticks.at(-1)!.at];
  const x = (at: number) => LEFT + ((at - first) / (last - first)) * PLOT_WIDTH;
  const step = niceStep(Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const highest = step * GRID_LINES;
  const y = (value: number) => BOTTOM - (value / highest) * PLOT_HEIGHT;
  const ends = series.map(({ values }) => y(values.findLast((value) => value !== undefined) ?? 0));
  const labelTops = spreadOut(ends, LABEL_HEIGHT);
  const drawing = [
    `  <text class="quiet" x="0" y="${TOP - 14}">${escapeXml(yTitle)}</text>`,
    ...Array.from({ length: GRID_LINES + 1 }, (_, line) => gridLine(line * step, y(line * step))),
    ...ticks.map(
      ({ at, label }) =>
        `  <text class="quiet" x="${x(at).toFixed(1)}" y="${BOTTOM + 18}" text-anchor="middle">${escapeXml(label)}</text>`,
    ),
    `  <text class="quiet" x="${LEFT + PLOT_WIDTH / 2}" y="${BOTTOM + 40}" text-anchor="middle">${escapeXml(xTitle)}</text>`,
    ...series.map((one, index) => {
      const points = one.values.flatMap((value, tick) =>
        value === undefined ? [] : [[x(ticks[tick]!.at), y(value)] as const],
      );
      return renderSeries(one, points, labelTops[index]!);
    }),
  ];
  return renderSvg(heading, HEIGHT, drawing.join('\n'));
}

function renderSeries(
  { label, ours }: Series,
  points: readonly (readonly [x: number, y: number])[],
  labelY: number,
): string {
  const accent = ours ? ' ours' : '';
  const path = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
  const dots = points.map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/>`);
  return `  <g>
    <path class="line${accent}" d="M${path}"/>
    <g class="dot${accent}">${dots.join('')}</g>
    <text x="${WIDTH - RIGHT + 12}" y="${(labelY + 5).toFixed(1)}">${escapeXml(label)}</text>
  </g>`;
}

function gridLine(value: number, y: number): string {
  return `  <path class="grid" d="M${LEFT} ${y.toFixed(1)}H${WIDTH - RIGHT}"/>
  <text class="quiet" x="${LEFT - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${Number(value.toPrecision(3))}</text>`;
}

/** 1, 2, 2.5 or 5 times a power of ten, so that five of it hold the greatest value. */
export function niceStep(greatest: number): number {
  if (!(greatest > 0)) return 1;
  const least = greatest / GRID_LINES;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9))!;
}

/** The same places, moved as little downwards as keeps each `distance` from the one above it. */
export function spreadOut(places: readonly number[], distance: number): number[] {
  const moved = [...places];
  const order = places.map((_, index) => index).toSorted((a, b) => places[a]! - places[b]!);
  for (const [position, index] of order.entries()) {
    if (position > 0) moved[index] = Math.max(moved[index]!, moved[order[position - 1]!]! + distance);
  }
  return moved;
}
