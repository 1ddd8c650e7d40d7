export const WIDTH = 720;

/** What is outside of the drawing on each side, so that no letter touches the image's edge. */
const MARGIN = 16;

/** Whoever shows the image says whether it is dark there. */
const STYLE = `
    text { font: 14px system-ui, sans-serif; fill: #424a53; }
    .title { font-size: 18px; font-weight: 600; fill: #1f2328; }
    .quiet { font-size: 12px; fill: #59636e; }
    .bar { fill: #afb8c1; }
    .ours { fill: #2f81f7; }
    .whisker { stroke: #424a53; stroke-width: 1.5; }
    .line { stroke-width: 2; fill: none; }
    .grid { stroke: #8c959f; stroke-opacity: 0.25; }
    @media (prefers-color-scheme: dark) {
      text { fill: #c9d1d9; }
      .title { fill: #f0f6fc; }
      .quiet { fill: #9da7b3; }
      .bar { fill: #6e7681; }
      .whisker { stroke: #d1d9e0; }
    }`;

/** Of Cellgate. */
export const ACCENT = '#2f81f7';

export interface Heading {
  readonly title: string;
  /** Two short lines: what was measured, and where. */
  readonly subtitles: readonly [string, string];
}

/** A drawing below its heading, which takes 84 units; readable on light and on dark ground. */
export function renderSvg({ title, subtitles }: Heading, height: number, drawing: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${WIDTH + 2 * MARGIN} ${height + 2 * MARGIN}" role="img">
  <title>${escapeXml(title)}</title>
  <style>${STYLE}
  </style>
  <text class="title" x="0" y="22">${escapeXml(title)}</text>
  <text class="quiet" x="0" y="44">${escapeXml(subtitles[0])}</text>
  <text class="quiet" x="0" y="62">${escapeXml(subtitles[1])}</text>
${drawing}
</svg>
`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
