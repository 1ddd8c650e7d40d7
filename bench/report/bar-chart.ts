import type { Spread } from '../statistics.ts';
import { escapeXml, type Heading, renderSvg, WIDTH } from './svg.ts';

interface Bar {
  readonly label: string;
  readonly value: Spread;
  /** Drawn in the accent colour. */
  readonly ours: boolean;
}

export interface BarChart extends Heading {
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const LABEL_WIDTH = 110;
const VALUE_WIDTH = 110;
const PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
const TOP = 84;
const ROW = 40;
const BAR = 22;

/** Horizontal bars of medians with a whisker over the middle half of the values, shortest first, as an SVG document. */
export function renderBars({ unit, bars, ...heading }: BarChart): string {
  const scale = PLOT_WIDTH / Math.max(...bars.map((bar) => bar.value.high));
  const sorted = bars.toSorted((a, b) => a.value.median - b.value.median);
  const drawing = sorted.map((bar, index) => renderBar(bar, unit, scale, TOP + ROW * index)).join('\n');
  return renderSvg(heading, TOP + ROW * bars.length, drawing);
}

function renderBar({ label, value, ours }: Bar, unit: string, scale: number, top: number): string {
  const x = (figure: number) => (LABEL_WIDTH + figure * scale).toFixed(1);
  const middle = top + BAR / 2;
  return `  <g>
    <text x="${LABEL_WIDTH - 10}" y="${middle + 5}" text-anchor="end">${escapeXml(label)}</text>
    <rect class="${ours ? 'ours' : 'bar'}" x="${LABEL_WIDTH}" y="${top}" width="${(value.median * scale).toFixed(1)}" height="${BAR}" rx="2"/>
    <path class="whisker" d="M${x(value.low)} ${middle}H${x(value.high)}M${x(value.low)} ${middle - 4}v8M${x(value.high)} ${middle - 4}v8"/>
    <text x="${Number(x(value.high)) + 10}" y="${middle + 5}">${value.median.toFixed(1)} ${escapeXml(unit)}</text>
  </g>`;
}
