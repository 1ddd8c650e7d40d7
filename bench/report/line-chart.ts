import { ACCENT, escapeXml, type Heading, renderSvg, WIDTH } from './svg.ts';

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
/** Of the others, in their order. */
const COLOURS = ['#bf8700', '#2da44e', '#a371f7', '#8c959f'] as const;

/** Lines with their labels at the right end, values from zero, as an SVG document. */
export function renderLines({ ticks, xTitle, yTitle, series, ...heading }: LineChart): string {
  const [first, last] = [ticks[0]!.at, ticks.at(-1)!.at];
  const x = (at: number) => LEFT + ((at - first) / (last - first)) * PLOT_WIDTH;
  const step = niceStep(Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const highest = step * GRID_LINES;
  const y = (value: number) => BOTTOM - (value / highest) * PLOT_HEIGHT;
  const ends = series.map(({ values }) => y(values.findLast((value) => value !== undefined) ?? 0));
  const colours = coloursOf(series);
  const labelTops = spreadOut(ends, LABEL_HEIGHT);
  const drawing = [
    `  <text class="quiet" x="0" y="${TOP - 14}">${escapeXml(yTitle)}</text>`,
    ...Array.from({ length: GRID_LINES + 1 }, (_, line) => gridLine(line * step, y(line * step))),
    ...ticks.map(
      ({ at, label }) =>
        `  <text class="quiet" x="${x(at).toFixed(1)}" y="${BOTTOM + 18}" text-anchor="middle">${escapeXml(label)}</text>`,
    ),
    `  <text class="quiet" x="${LEFT + PLOT_WIDTH / 2}" y="${BOTTOM + 40}" text-anchor="middle">${escapeXml(xTitle)}</text>`,
    ...oursLast(series).map((one) => {
      const index = series.indexOf(one);
      const points = one.values.flatMap((value, tick) =>
        value === undefined ? [] : [[x(ticks[tick]!.at), y(value)] as const],
      );
      return renderSeries(one.label, colours[index]!, points, labelTops[index]!);
    }),
  ];
  return renderSvg(heading, HEIGHT, drawing.join('\n'));
}

function renderSeries(
  label: string,
  colour: string,
  points: readonly (readonly [x: number, y: number])[],
  labelY: number,
): string {
  const path = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
  const dots = points.map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/>`);
  return `  <g>
    <path class="line" stroke="${colour}" d="M${path}"/>
    <g fill="${colour}">${dots.join('')}</g>
    <text x="${WIDTH - RIGHT + 12}" y="${(labelY + 5).toFixed(1)}" style="fill: ${colour}">${escapeXml(label)}</text>
  </g>`;
}

function coloursOf(series: readonly Series[]): string[] {
  const others = series.filter(({ ours }) => !ours);
  return series.map((one) => (one.ours ? ACCENT : COLOURS[others.indexOf(one) % COLOURS.length]!));
}

/** On top of the others. */
function oursLast(series: readonly Series[]): Series[] {
  return series.toSorted((a, b) => Number(a.ours) - Number(b.ours));
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
