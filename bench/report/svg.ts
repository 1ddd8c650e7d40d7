export const WIDTH = 720;

/** Of a brightness that stands out from white as from black: which of them is behind an image is not for it to know. */
const STYLE = `
    text { font: 14px system-ui, sans-serif; fill: #6e7781; }
    .title { font-size: 18px; font-weight: 600; }
    .quiet { font-size: 12px; }
    .bar { fill: #afb8c1; }
    .ours { fill: #2f81f7; }
    .whisker { stroke: #57606a; stroke-width: 1.5; }
    .line { stroke-width: 2; fill: none; }
    .grid { stroke: #8c959f; stroke-opacity: 0.25; }`;

/** Of Cellgate. */
export const ACCENT = '#2f81f7';

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
