export const WIDTH = 720;

const STYLE = `
    text { font: 14px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 18px; font-weight: 600; }
    .quiet { fill: #59636e; font-size: 12px; }
    .bar { fill: #8c959f; }
    .ours { fill: #0969da; }
    .whisker { stroke: #1f2328; stroke-width: 1.5; }
    .line { stroke: #8c959f; stroke-width: 2; fill: none; }
    .line.ours { stroke: #0969da; stroke-width: 3; fill: none; }
    .dot { fill: #8c959f; }
    .dot.ours { fill: #0969da; }
    .grid { stroke: #8c959f; stroke-opacity: 0.25; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .quiet { fill: #9198a1; }
      .bar { fill: #656c76; }
      .ours { fill: #4493f8; }
      .whisker { stroke: #f0f6fc; }
      .line.ours { stroke: #4493f8; }
      .dot.ours { fill: #4493f8; }
    }`;

export interface Heading {
  readonly title: string;
  /** Two short lines: what was measured, and where. */
  readonly subtitles: readonly [string, string];
}

/** A drawing below its heading, which takes 84 units; readable on light and on dark ground. */
export function renderSvg({ title, subtitles }: Heading, height: number, drawing: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
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
