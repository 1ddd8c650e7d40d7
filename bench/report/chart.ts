import type { Spread } from '../statistics.ts';

interface Bar {
  readonly label: string;
  readonly value: Spread;
  /** Drawn in the accent colour. */
  readonly ours: boolean;
}

export interface Chart {
  readonly title: string;
  /** Two short lines: what was measured, and where. */
  readonly subtitles: readonly [string, string];
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const LABEL_WIDTH = 110;
const VALUE_WIDTH = 110;
const PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
const TOP = 84;
const ROW = 40;
const BAR = 22;

const STYLE = `
    text { font: 14px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 18px; font-weight: 600; }
    .quiet { fill: #59636e; font-size: 12px; }
    .bar { fill: #8c959f; }
    .ours { fill: #0969da; }
    .whisker { stroke: #1f2328; stroke-width: 1.5; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .quiet { fill: #9198a1; }
      .bar { fill: #656c76; }
      .ours { fill: #4493f8; }
      .whisker { stroke: #f0f6fc; }
    }`;

/** Horizontal bars of medians with a whisker over the middle half of the values, shortest first, as an SVG document. */
export function renderChart({ title, subtitles, unit, bars }: Chart): string {
  const scale = PLOT_WIDTH / Math.max(...bars.map((bar) => bar.value.high));
  const sorted = bars.toSorted((a, b) => a.value.median - b.value.median);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + ROW * bars.length}" role="img">
  <title>${escapeXml(title)}</title>
  <style>${STYLE}
  </style>
  <text class="title" x="0" y="22">${escapeXml(title)}</text>
  <text class="quiet" x="0" y="44">${escapeXml(subtitles[0])}</text>
  <text class="quiet" x="0" y="62">${escapeXml(subtitles[1])}</text>
${sorted.map((bar, index) => renderBar(bar, unit, scale, TOP + ROW * index)).join('\n')}
</svg>
`;
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

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
