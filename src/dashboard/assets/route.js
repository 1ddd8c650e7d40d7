import { Chart, timesOf } from './chart.js';
import { Errors } from './errors.js';
import { useFeed } from './feed.js';
import { Screen } from './frame.js';
import { html } from './html.js';
import { cutoverLink } from './location.js';
import { FeedNotice, Key, Notice } from './notices.js';
import { badges, State } from './states.js';
import { ago, clock, milliseconds, NONE, number, percent, plural, share, whole } from './words.js';

/** Endpoints on the page. */
const MOST = 200;

export function Route({ route }) {
  const named = encodeURIComponent(route);
  const feed = useFeed(`/v1/routes?route=${named}&limit=1`, 5000);
  const found = feed.value.value?.routes[0];
  const note = found && html`<div class="badges">${badges(found)}</div>`;
  return html`<${Screen} title=${route} heading=${html`<span class="key"><${Key} of=${route} /></span>`} note=${note}>
    ${feed.value.value === null && html`<${FeedNotice} feed=${feed} what="this route" />`}
    ${feed.value.value !== null && found === undefined && html`<${Gone} route=${route} />`}
    ${found !== undefined && html`<${Known} of=${found} named=${named} />`}
  <//>`;
}

function Gone({ route }) {
  return html`<${Notice} level="look" title="This router has no such route">
    <p>Nobody has announced it, or its last endpoint has gone. <a href=${`/explain?url=${encodeURIComponent(`http://${route}`)}`}>Explain where a request for it would go</a>, or <a href=${`/routes?q=${encodeURIComponent(route.split('/')[0])}`}>look for routes like it</a>.</p>
  <//>`;
}

function Known({ of: found, named }) {
  const { route, endpoints, states, algorithm, split, last_minute: minute } = found;
  return html`<dl class="tiles">
      <div class="tile"><dt>Requests</dt><dd>${minute === null ? NONE : number(minute.requests_per_second)}<small>/s</small></dd></div>
      <div class="tile"><dt>Failed</dt><dd>${minute === null ? NONE : percent(share(minute))}</dd></div>
      <div class="tile"><dt>95th percentile</dt><dd>${milliseconds(minute?.p95_ms)}</dd></div>
      <div class="tile"><dt>Endpoints ready</dt><dd class=${states.ready ? '' : 'wrong'}>${whole(states.ready ?? 0)}<span class="tile-note">of ${whole(endpoints)}</span></dd></div>
      <div class="tile"><dt>Balancing</dt><dd class="text">${algorithm}</dd></div>
    </dl>
    <p class="quiet scope">The last minute, this router. <a href=${`/explain?url=${encodeURIComponent(`http://${route}`)}`}>Explain a request for it</a></p>
    <${Past} named=${named} />
    ${split !== null && html`<${Split} of=${split} route=${route} />`}
    <${Endpoints} named=${named} />
    <${Errors} route=${route} />`;
}

function Past({ named }) {
  const feed = useFeed(`/v1/history?route=${named}`, 5000);
  const history = feed.value.value;
  if (history === null)
    return feed.state.value === 'asking' ? null : html`<${FeedNotice} feed=${feed} what="its past" />`;
  if (history.series.requests.length === 0) {
    return html`<p class="quiet">No request for this route in the last 15 minutes, or 500 other routes had more.</p>`;
  }
  const { series } = history;
  const times = timesOf(history);
  const perSecond = (value) => (value === null ? NONE : `${number(value)}/s`);
  return html`<section class="charts two" aria-label="The last 15 minutes of this route">
    <${Chart} title="Requests" times=${times} show=${perSecond} lines=${[
      { label: 'all', colour: 'accent', values: series.requests },
      { label: 'failed', colour: 'wrong', values: series.failed },
    ]} />
    <${Chart} title="Response time" times=${times} show=${milliseconds} lines=${[
      { label: 'median', colour: 'accent', values: series.p50 },
      { label: '95 %', colour: 'look', values: series.p95 },
    ]} />
  </section>`;
}

function Split({ of: { arms, key, on_empty: onEmpty }, route }) {
  return html`<section>
    <h2>Split</h2>
    <table class="narrow-table">
      <caption class="unseen">How requests are shared out</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col" class="num">Share</th><th scope="col"><span class="unseen">Share as a bar</span></th></tr></thead>
      <tbody>${arms.map(
        ({ selector, weight }) =>
          html`<tr key=${selector}><th scope="row" class="key">${selector}</th><td class="num">${percent(weight / 10_000)}</td><td><${Bar} share=${weight / 10_000} /></td></tr>`,
      )}</tbody>
    </table>
    <p class="quiet">${key === 'none' ? 'Each request is shared out by itself' : `A user stays with an arm, known by ${key}`}; where an arm has no endpoint ${onEmpty === 'spill' ? 'the others get its requests' : 'its requests are answered 503'}. <a href=${cutoverLink(route)}>Its cutover, if there is one</a></p>
  </section>`;
}

function Bar({ share: part }) {
  return html`<svg class="share" viewBox="0 0 160 8" width="160" height="8" aria-hidden="true"><rect class="all" width="160" height="8" /><rect class="part" width=${160 * part} height="8" /></svg>`;
}

function Endpoints({ named }) {
  const feed = useFeed(`/v1/endpoints?route=${named}&limit=${MOST}`, 5000);
  const orders = useFeed('/v1/orders', 30_000).value.value?.orders ?? [];
  const page = feed.value.value;
  if (page === null) return html`<${FeedNotice} feed=${feed} what="its endpoints" />`;
  if (page.endpoints.length === 0) {
    return html`<${Notice} level="wrong" title="This route has no endpoint"><p>Requests for it are answered 503. Its applications have gone, or their agents are silent: look at the cells.</p><//>`;
  }
  return html`<section>
    <h2>Endpoints</h2>
    <div class="wide-table" role="region" aria-label="Endpoints" tabindex="0"><table class="rows">
      <caption class="unseen">Endpoints of this route, each with its state and why</caption>
      <thead><tr><th scope="col">Address</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Instance</th><th scope="col" class="wide">Application</th><th scope="col" class="wide">Zone</th><th scope="col" class="wide">Protocol</th><th scope="col" class="wide">Last announced</th><th scope="col" class="wide">By</th></tr></thead>
      <tbody>${page.endpoints.map((each) => html`<${EndpointRow} key=${`${each.address} ${each.instance}`} of=${each} orders=${orders} />`)}</tbody>
    </table></div>
    ${page.next !== null && html`<p class="quiet">The first ${plural(MOST, 'endpoint')} of more: <code>cellgate show endpoints</code> lists all.</p>`}
  </section>`;
}

function EndpointRow({ of: each, orders }) {
  const { address, state, reason, since, until, instance, index, app, zone, tls, protocol } = each;
  const order = orders.find(
    ({ endpoint, route }) =>
      (endpoint === address || endpoint === instance) && (route === '' || route === each.route),
  );
  const why =
    order === undefined
      ? reason
      : `ordered by ${order.by}${order.until === null ? '' : ` until ${clock(order.until)}`}`;
  return html`<tr>
    <th scope="row" class="key"><${Key} of=${address} /></th>
    <td><${State} of=${state} />${why !== '' && html`<span class="reason">${why}</span>`}</td>
    <td>${order !== undefined ? ago(order.at) : since !== null ? ago(since) : until !== null ? `until ${clock(until)}` : NONE}</td>
    <td class="key">${instance || NONE}${index !== '' && html`<span class="of"> ${index}</span>`}</td>
    <td class="key wide">${app || NONE}</td>
    <td class="wide">${zone || NONE}</td>
    <td class="wide">${protocol}${tls ? ', TLS' : ''}</td>
    <td class="wide">${ago(each.last_seen)}</td>
    <td class="wide">${each.from}</td>
  </tr>`;
}
