import { useRef, useState } from 'preact/hooks';
import { Chart } from './chart.js';
import { Phase } from './cutovers.js';
import { tell, useFeed } from './feed.js';
import { Screen } from './frame.js';
import { html } from './html.js';
import { routeLink } from './location.js';
import { FeedNotice, Notice, sentence } from './notices.js';
import { may } from './session.js';
import { clock, milliseconds, NONE, number, percent, share, whole } from './words.js';

/** Of what happened, shown at once. */
const FEW_NOTES = 8;

export function Cutover({ route }) {
  const named = encodeURIComponent(route);
  const feed = useFeed(`/v1/cutovers/${named}`, 2000);
  const past = useFeed(`/v1/cutovers/${named}/history`, 4000);
  const cutover = feed.value.value;
  const heading = html`<span class="key">${route}</span>`;
  const note = cutover && html`<${Phase} of=${cutover.phase} over=${cutover.over} />`;
  return html`<${Screen} title=${`Cutover of ${route}`} heading=${heading} note=${note}>
    ${cutover === null ? html`<${FeedNotice} feed=${feed} what="this cutover" />` : html`<${Known} of=${cutover} history=${past.value.value} feeds=${[feed, past]} />`}
  <//>`;
}

function Known({ of: cutover, history, feeds }) {
  const { phase, route, from, to, by, begun_at: begun, next_at: next, missing, over } = cutover;
  const why =
    phase.reason ??
    (phase.why === undefined
      ? ''
      : { operator: 'by an operator', routers: 'routers are waited for', quiet: 'too few requests to judge' }[
          phase.why
        ]);
  return html`<p class="lead">From <span class="key">${from}</span> to <span class="key">${to}</span>, begun ${clock(begun)}${by === '' ? '' : ` by ${by}`}. ${route.startsWith('tcp:') ? '' : html`<a href=${routeLink(route)}>The route</a>`}</p>
    ${why !== '' && html`<${Notice} level=${phase.name === 'done' ? 'well' : 'look'} title=${sentence(why)}><p>Since ${clock(phase.since)}.${phase.name === 'held' ? ' Resume goes on, promote gives the new arm all, abort takes it back.' : ''}</p><//>`}
    ${missing.length > 0 && html`<${Notice} level="look" title=${`Not acknowledged by ${missing.join(', ')}`}><p>The next step waits for them.</p><//>`}
    ${!over && html`<${Orders} route=${route} phase=${phase} feeds=${feeds} />`}
    <${Steps} of=${cutover} next=${next} />
    <${Arms} of=${cutover} />
    ${history && html`<${Windows} of=${history.windows} from=${from} to=${to} />`}
    <${Worst} of=${cutover.worst} />
    <${Notes} of=${cutover.notes} />
    ${history && html`<${Past} of=${history.past} />`}`;
}

/** What may be ordered in which phase; the router has the last word. */
const ORDERS = [
  [
    'pause',
    'Pause',
    'The shares stay as they are until somebody resumes it.',
    ({ name }) => name !== 'held' && name !== 'reverting',
  ],
  ['resume', 'Resume', 'It goes on where it was held.', ({ name }) => name === 'held'],
  [
    'promote',
    'Promote',
    'The new arm gets all requests, whatever the judge says.',
    ({ name }) => name !== 'reverting',
  ],
  ['abort', 'Abort', 'The shares from before come back on all routers.', ({ name }) => name !== 'reverting'],
];

function Orders({ route, phase, feeds }) {
  const dialog = useRef(null);
  const [order, setOrder] = useState(null);
  const [said, setSaid] = useState(null);
  if (!may('operate')) {
    return html`<p class="quiet">You may look on. To pause, promote or abort it takes a token with the right <code>operate</code>.</p>`;
  }
  const choose = (each) => {
    setOrder(each);
    setSaid(null);
    dialog.current.showModal();
  };
  const give = async () => {
    dialog.current.close();
    const answer = await tell('POST', `/v1/cutovers/${encodeURIComponent(route)}/${order[0]}`);
    setSaid(
      answer.ok ? { ok: true, text: `Told: ${order[1].toLowerCase()}.` } : { ok: false, fault: answer.fault },
    );
    for (const feed of feeds) feed.hurry();
  };
  return html`<div class="orders">
      ${ORDERS.filter(([, , , fits]) => fits(phase)).map(
        (each) =>
          html`<button key=${each[0]} type="button" class=${each[0] === 'abort' ? 'danger' : ''} onClick=${() => choose(each)}>${each[1]} …</button>`,
      )}
    </div>
    <div role="status" aria-live="polite">
      ${said !== null && (said.ok ? html`<p class="quiet">${said.text}</p>` : html`<${Notice} level="look" title=${sentence(said.fault.detail)}><p>${sentence(said.fault.hint)}</p><//>`)}
    </div>
    <dialog ref=${dialog} aria-labelledby="order-title">
      ${order !== null && html`<h2 id="order-title">${order[1]} the cutover of <span class="key">${route}</span>?</h2><p>${order[2]}</p>`}
      <div class="orders">
        <button type="button" class="primary" onClick=${give}>${order?.[1]}</button>
        <button type="button" onClick=${() => dialog.current.close()}>Leave it</button>
      </div>
    </dialog>`;
}

function Steps({ of: { plan, weights, over, routers }, next }) {
  return html`<section>
    <h2>Plan</h2>
    <ol class="steps">${plan.weights.map(
      (weight) =>
        html`<li key=${weight} class=${weights.to >= weight ? 'reached' : ''} aria-current=${weights.to === weight && !over ? 'step' : undefined}>${percent(weight / 10_000)}</li>`,
    )}</ol>
    <p class="quiet">The new arm has ${percent(weights.to / 10_000)} on ${whole(routers.length)} ${routers.length === 1 ? 'router' : 'routers'}; a step takes ${plan.step_ms / 1000} s, a window ${plan.window_ms / 1000} s.${next === null ? '' : ` The next step is due at ${clock(next)} if nothing speaks against it.`}</p>
  </section>`;
}

function Arms({ of: { from, to, arms } }) {
  if (arms === undefined) return null;
  const row = (name, arm) => {
    const failed = arm.app_errors + arm.gateway_errors;
    const ended = arm.answered + failed;
    return html`<tr key=${name}><th scope="row" class="key">${name}</th><td class="num">${whole(arm.endpoints)}</td><td class="num">${number(arm.begun)}</td><td class="num wide">${whole(arm.in_flight)}</td><td class="num wide">${whole(arm.app_errors)}</td><td class="num wide">${whole(arm.gateway_errors)}</td><td class="num">${percent(ended === 0 ? null : failed / ended)}</td></tr>`;
  };
  return html`<section>
    <h2>Both arms so far</h2>
    <div class="wide-table"><table class="rows narrow-table">
      <caption class="unseen">First attempts at both arms on all routers since the split began</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col" class="num">Endpoints</th><th scope="col" class="num">Requests</th><th scope="col" class="num wide">In flight</th><th scope="col" class="num wide">5xx</th><th scope="col" class="num wide">No answer</th><th scope="col" class="num">Failed</th></tr></thead>
      <tbody>${row(from, arms.from)}${row(to, arms.to)}</tbody>
    </table></div>
  </section>`;
}

/** Each window as the judge saw it. */
function Windows({ of: windows, from, to }) {
  if (windows.length === 0) return html`<p class="quiet">No window was judged yet.</p>`;
  const times = windows.map(({ at }) => Date.parse(at) / 1000);
  const values = (read) => windows.map(read);
  const orNothing = (arm, value) => (arm.requests === 0 ? null : value);
  return html`<section class="charts" aria-label="Windows of the judge">
    <${Chart} title="Failed, window by window" times=${times} span=${null} least=${0.05} points=${true} show=${percent} lines=${[
      { label: from, colour: 'muted', values: values((window) => share(window.from)) },
      { label: to, colour: 'accent', values: values((window) => share(window.to)) },
    ]} />
    <${Chart} title="95th percentile, window by window" times=${times} span=${null} points=${true} show=${milliseconds} lines=${[
      { label: from, colour: 'muted', values: values((window) => orNothing(window.from, window.from.p95)) },
      { label: to, colour: 'accent', values: values((window) => orNothing(window.to, window.to.p95)) },
    ]} />
    <${Chart} title="Share of the new arm" times=${times} span=${null} least=${1} points=${true} show=${percent} lines=${[
      { label: to, colour: 'accent', values: values(({ weight }) => weight / 10_000) },
    ]} />
  </section>`;
}

function Worst({ of: worst }) {
  if (worst.length === 0) return null;
  return html`<section>
    <h2>Failed requests of the new arm</h2>
    <table class="rows narrow-table">
      <caption class="unseen">Those that took longest</caption>
      <thead><tr><th scope="col">Id</th><th scope="col" class="num">Status</th><th scope="col" class="num">After</th></tr></thead>
      <tbody>${worst.map(
        ({ id, status, ms }) =>
          html`<tr key=${id}><th scope="row" class="key"><a href=${`/explain?id=${encodeURIComponent(id)}`}>${id}</a></th><td class="num">${status || NONE}</td><td class="num">${milliseconds(ms)}</td></tr>`,
      )}</tbody>
    </table>
  </section>`;
}

function Notes({ of: notes }) {
  const latest = notes.toReversed();
  const list = (some) =>
    html`<ol class="notes">${some.map(({ at, text }, nth) => html`<li key=${nth}><time datetime=${at}>${clock(at)}</time> ${text}</li>`)}</ol>`;
  return html`<section>
    <h2>What happened</h2>
    ${list(latest.slice(0, FEW_NOTES))}
    ${latest.length > FEW_NOTES && html`<details><summary>${latest.length - FEW_NOTES} before</summary>${list(latest.slice(FEW_NOTES))}</details>`}
  </section>`;
}

function Past({ of: past }) {
  if (past.length === 0) return null;
  return html`<section>
    <h2>Before</h2>
    <div class="wide-table"><table class="rows">
      <caption class="unseen">Earlier cutovers of this route</caption>
      <thead><tr><th scope="col">Begun</th><th scope="col">Came to</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Why</th></tr></thead>
      <tbody>${past.map(
        ({ id, begun_at: at, outcome, from, to, reason }) =>
          html`<tr key=${id}><th scope="row">${clock(at)}</th><td>${outcome}</td><td class="key">${from}</td><td class="key">${to}</td><td>${reason}</td></tr>`,
      )}</tbody>
    </table></div>
  </section>`;
}
