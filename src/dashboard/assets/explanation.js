import { html } from './html.js';
import { routeLink } from './location.js';
import { Mark, Notice, sentence } from './notices.js';
import { State } from './states.js';
import { clock, milliseconds, percent } from './words.js';

/** One router's account of a request, in the order in which it decides. */
export function Explanation({ id, of: explanation }) {
  if (explanation === null) {
    return html`<${Notice} level="look" title="No proxy thread could say"><p>None serves at the moment, or it made a mistake; the router's log has the cause.</p><//>`;
  }
  const { request, tried, route, answer, nearest = [], rule, service, pin, session, split } = explanation;
  return html`<article class="explanation">
    <h2><${Mark} level=${answer === null ? 'well' : 'look'} /> ${outcome(explanation)}</h2>
    <dl class="facts">
      <dt>Request</dt><dd class="key">${request.method} ${request.host}${request.path}</dd>
      <dt>Router</dt><dd class="key">${id}</dd>
      <dt>Looked for</dt><dd><ol class="tried">${tried.map(
        ({ key, found }) =>
          html`<li key=${key}><span class="key">${key}</span> ${found ? 'found' : html`<span class="quiet">not there</span>`}</li>`,
      )}</ol></dd>
      ${route !== null && html`<dt>Route</dt><dd class="key"><a href=${routeLink(route)}>${route}</a></dd>`}
      ${nearest.length > 0 && html`<dt>Meant, perhaps</dt><dd>${nearest.map((key) => html`<a class="key" href=${routeLink(key)}>${key}</a> `)}</dd>`}
      ${rule !== '' && html`<dt>Rule</dt><dd class="key">${rule}</dd>`}
      ${service !== '' && html`<dt>Route service</dt><dd>${service} is asked first</dd>`}
      ${pin !== '' && html`<dt>Pinned</dt><dd>to ${pin}</dd>`}
      ${session !== '' && html`<dt>Session</dt><dd>with ${session}</dd>`}
      ${split !== null && html`<dt>Split</dt><dd>${split.arms.map(({ arm, odds }) => `${arm} ${percent(odds)}`).join(', ')}${split.key === 'none' ? '' : `, users known by ${split.key}`}${split.from ? ` (${split.from})` : ''}</dd>`}
      ${answer !== null && html`<dt>Answer</dt><dd>${answer.status} ${answer.routerError}: ${answer.why}</dd>`}
    </dl>
    <${Candidates} of=${explanation} />
    <${Limits} of=${explanation.limits} />
  </article>`;
}

function outcome({ answer, route, endpoints, more }) {
  if (answer !== null) return `The router answers ${answer.status}`;
  const count = endpoints.filter(({ odds }) => odds > 0).length;
  return `${route} gets it: one of ${count + more} endpoints`;
}

function Candidates({ of: { endpoints, more, algorithm, algorithmFrom } }) {
  if (endpoints.length === 0) return null;
  return html`<div class="wide-table" role="region" aria-label="Endpoints" tabindex="0"><table class="rows">
    <caption>Endpoints, balanced by ${algorithm}${algorithmFrom === null ? '' : ` (${origin(algorithmFrom)})`}</caption>
    <thead><tr><th scope="col">Endpoint</th><th scope="col">State</th><th scope="col" class="num">Odds</th><th scope="col">Instance</th><th scope="col">Application</th><th scope="col">Arm</th><th scope="col" class="num">In flight</th></tr></thead>
    <tbody>${endpoints.map(
      ({ address, state, odds, instance, app, arm, inFlight }) =>
        html`<tr key=${`${address} ${instance}`}><th scope="row" class="key">${address}</th><td><${State} of=${state} /></td><td class="num">${percent(odds)}</td><td class="key">${instance}</td><td class="key">${app}</td><td class="key">${arm}</td><td class="num">${inFlight}</td></tr>`,
    )}</tbody>
  </table></div>
  ${more > 0 && html`<p class="quiet">And ${more} more.</p>`}`;
}

/** What says so, and the key that would change it. */
function origin({ from, key }) {
  return from === 'built-in' ? `built-in, ${key}` : `${from} ${key}`;
}

function limitText({ value, unit }) {
  if (value === 0) return 'no limit';
  if (unit === 'ms') return `${value / 1000} s`;
  return unit === 'bytes' ? `${value} bytes` : String(value);
}

function Limits({ of: limits }) {
  if (limits.length === 0) return null;
  return html`<details><summary>Limits, and what sets them</summary><table class="narrow-table">
    <caption class="unseen">Limits, and what sets them</caption>
    <thead><tr><th scope="col">Limit</th><th scope="col" class="num">Value</th><th scope="col">From</th></tr></thead>
    <tbody>${limits.map(
      (limit) =>
        html`<tr key=${`${limit.name} ${limit.value}`}><th scope="row">${limit.name}</th><td class="num">${limitText(limit)}</td><td class="key">${origin(limit)}</td></tr>`,
    )}</tbody>
  </table></details>`;
}

/** What is known of a request by its id. */
export function Told({ told, id }) {
  if (!told.ok)
    return html`<${Notice} level="look" title=${sentence(told.fault.detail)}><p>${sentence(told.fault.hint)}</p><//>`;
  const { requests, not_asked: others } = told.value;
  if (requests.length === 0) {
    return html`<${Notice} level="look" title="No router that was asked has anything of that request">
      <p>It went well and fast, or is too long ago; the access log has all requests.</p>${others.map(({ id: other, why: cause }) => html`<p key=${other}>Not asked: <span class="key">${other}</span>: ${cause}.</p>`)}<p class="key">${id}</p>
    <//>`;
  }
  return requests.map(
    (request) => html`<${Happened} key=${`${request.router} ${request.at}`} of=${request} />`,
  );
}

function Happened({
  of: { at, why, router, line, host, client, status, routerError, took, app, endpoint, attempts },
}) {
  return html`<article class="explanation">
    <h2><${Mark} level=${status >= 500 || status === 0 ? 'wrong' : 'look'} /> ${status === 0 ? 'No answer' : `Answered ${status}`} after ${milliseconds(took)}</h2>
    <dl class="facts">
      <dt>Request</dt><dd class="key">${line} for ${host}</dd>
      ${client !== '' && html`<dt>From</dt><dd class="key">${client}</dd>`}
      <dt>At</dt><dd>${clock(at)}, kept since it ${why === 'failed' ? 'failed' : why === 'slow' ? 'was slow' : why === 'debugged' ? 'had a debug token' : 'was tried again'}, on router <span class="key">${router}</span></dd>
      ${routerError !== '' && html`<dt>Error</dt><dd class="key">${routerError}</dd>`}
      ${app !== '' && html`<dt>Application</dt><dd class="key">${app}</dd>`}
      ${endpoint !== '' && html`<dt>Last endpoint</dt><dd class="key">${endpoint}</dd>`}
    </dl>
    ${attempts.length > 0 && html`<table class="rows"><caption>Attempts that came to nothing</caption><thead><tr><th scope="col">Endpoint</th><th scope="col">Came to</th><th scope="col" class="num">After</th></tr></thead><tbody>${attempts.map((each, nth) => html`<tr key=${nth}><th scope="row" class="key">${each.endpoint}</th><td>${each.failure}</td><td class="num">${milliseconds(each.after)}</td></tr>`)}</tbody></table>`}
  </article>`;
}
