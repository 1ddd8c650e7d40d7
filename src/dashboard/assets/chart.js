import { useLayoutEffect, useRef } from 'preact/hooks';
import { html } from './html.js';
import { number } from './words.js';

const { uPlot } = globalThis;
const HEIGHT = 150;
const FONT = '11px system-ui, sans-serif';
const WINDOW_SECONDS = 900;
/** Seconds that are shown at least, of a router that has just started. */
const LEAST_SECONDS = 60;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The latest number of a line that is there. */
function latest(values) {
  return values?.findLast((value) => value !== null) ?? null;
}

/**
 * Lines over time, with what each is now below. @param lines `{label, colour, values}` @param times seconds of
 * Unix, as many as there are values @param show how a number is written, with its unit @param least what the scale
 * reaches to at least
 */
export function Chart({
  title,
  lines,
  times,
  show = number,
  least = 1,
  span = WINDOW_SECONDS,
  points = false,
}) {
  const place = useRef(null);
  const drawn = useRef(null);
  const data = [times, ...lines.map(({ values }) => values)];
  const said = useRef(data);
  said.current = data;
  const shape = lines.map((line) => `${line.label} ${line.colour}`).join();

  // A chart is made anew where its lines are others, and goes on with new numbers where they are the same. In one step
  // with the page: later its place might be gone.
  useLayoutEffect(() => {
    const element = place.current;
    const draw = () => {
      drawn.current?.destroy();
      const options = optionsFor(lines, { show, least, span, points, width: element.clientWidth });
      drawn.current = new uPlot(options, said.current, element);
    };
    draw();
    const sized = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== drawn.current.width) drawn.current.setSize({ width, height: HEIGHT });
    });
    sized.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      sized.disconnect();
      dark.removeEventListener('change', draw);
      drawn.current.destroy();
      drawn.current = null;
    };
  }, [shape, span]);

  useLayoutEffect(() => {
    drawn.current?.setData(said.current);
  });

  const now = lines.map(({ label, values }) => `${label} ${show(latest(values))}`).join(', ');
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <div class="plot" ref=${place} role="img" aria-label=${`${title}, latest: ${now}`}></div>
    <ul class="legend">
      ${lines.map(
        ({ label, values, colour: name }) =>
          html`<li key=${label}><span class="swatch ${name}"></span>${label} <b>${show(latest(values))}</b></li>`,
      )}
    </ul>
  </figure>`;
}

/** Where the data does, no longer ago than `span` seconds. */
function start(min, max, span) {
  return Math.max(max - span, Math.min(min, max - LEAST_SECONDS));
}

function optionsFor(lines, { show, least, span, points, width }) {
  const [ink, grid] = [colour('muted'), colour('line')];
  const axis = { stroke: ink, font: FONT, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
  return {
    width: Math.max(1, width),
    height: HEIGHT,
    legend: { show: false },
    cursor: { x: true, y: false, points: { size: 5 }, drag: { x: false, y: false } },
    padding: [8, 18, 0, 0],
    scales: {
      x: { time: true, range: span === null ? undefined : (_plot, min, max) => [start(min, max, span), max] },
      y: { range: (_plot, _min, max) => [0, Math.max(least, max * 1.08)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 56,
        size: 24,
        values: (_plot, ticks) =>
          ticks.map((tick) =>
            new Date(tick * 1000).toTimeString().slice(0, ticks[1] - ticks[0] < 60 ? 8 : 5),
          ),
      },
      { ...axis, size: 62, space: 34, values: (_plot, ticks) => ticks.map((tick) => show(tick)) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name }) => ({
        label,
        stroke: colour(name),
        // A line that is alone stands on ground of its own colour, which hides nothing.
        ...(lines.length === 1 ? { fill: `${colour(name)}1f` } : {}),
        width: 1.5,
        spanGaps: false,
        points: { show: points, size: 5 },
      })),
    ],
  };
}

/** When each point was, in seconds of Unix. */
export function timesOf({ at, interval_ms: interval, series }) {
  const { length } = Object.values(series)[0];
  return Array.from({ length }, (_, each) => (at - (length - 1 - each) * interval) / 1000);
}
