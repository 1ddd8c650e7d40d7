import { useFeed } from './feed.js';
import { html } from './html.js';
import { routeLink } from './location.js';
import { FeedNotice, Key } from './notices.js';
import { clock, whole } from './words.js';

const MINUTES = 5;
const MOST = 8;

/** What the router has answered itself lately, each with its last request. @param route empty: all */
export function Errors({ route = '' }) {
  const of = route === '' ? '' : `&route=${encodeURIComponent(route)}`;
  const feed = useFeed(`/v1/errors?minutes=${MINUTES}${of}`, 10_000);
  const errors = feed.value.value?.errors;
  return html`<section>
    <h2>Answered by the router itself</h2>
    ${errors === undefined ? html`<${FeedNotice} feed=${feed} what="its errors" />` : html`<${List} of=${errors} isOfRoute=${route !== ''} />`}
  </section>`;
}

function List({ of: errors, isOfRoute }) {
  if (errors.length === 0)
    return html`<p class="quiet">No request in the last ${MINUTES} minutes: each had the answer of an application.</p>`;
  return html`<table>
    <caption class="unseen">Errors of the router's own in the last ${MINUTES} minutes</caption>
    <thead><tr><th scope="col">Error</th><th scope="col">${isOfRoute ? 'Endpoint' : 'Route'}</th><th scope="col" class="num">Times</th><th scope="col">Last</th></tr></thead>
    <tbody>${errors.slice(0, MOST).map((each) => html`<${Row} key=${`${each.error} ${each.route} ${each.endpoint}`} of=${each} isOfRoute=${isOfRoute} />`)}</tbody>
  </table>`;
}

function Row({ of: { error, status, route, endpoint, count, last, last_id: id }, isOfRoute }) {
  const where = isOfRoute ? endpoint : route;
  return html`<tr>
    <th scope="row">${status} ${error}</th>
    <td class="key">${isOfRoute || where === '' ? where : html`<a href=${routeLink(route)}><${Key} of=${route} /></a>`}</td>
    <td class="num">${whole(count)}</td>
    <td>${id === '' ? clock(last) : html`<a href=${`/explain?id=${encodeURIComponent(id)}`} aria-label=${`What happened at ${clock(last)}`}>${clock(last)}</a>`}</td>
  </tr>`;
}
