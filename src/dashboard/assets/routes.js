import { useEffect, useRef } from 'preact/hooks';
import { useFeed } from './feed.js';
import { Screen } from './frame.js';
import { html } from './html.js';
import { ask, place, routeLink } from './location.js';
import { FeedNotice, Key } from './notices.js';
import { badges, levelOf } from './states.js';
import { milliseconds, NONE, number, percent, share, whole } from './words.js';

const PER_PAGE = 100;
/** After the last key. Milliseconds. */
const TYPING_MS = 250;
const SORTS = [
  ['', 'All'],
  ['busiest', 'Busiest'],
  ['failing', 'Failing'],
];

export function Routes() {
  const { query } = place.value;
  const [q, sort, after] = [
    query.get('q') ?? '',
    query.get('sort') ?? '',
    Number(query.get('after') ?? 0) || 0,
  ];
  const feed = useFeed(addressOf(q, sort, after), 5000);
  const page = feed.value.value;
  return html`<${Screen} title="Routes">
    <${Filter} q=${q} sort=${sort} />
    ${page === null ? html`<${FeedNotice} feed=${feed} what="routes" />` : html`<${Page} page=${page} after=${after} q=${q} sort=${sort} isOld=${feed.state.value === 'asking'} />`}
  <//>`;
}

/** `is:STATE` asks for routes with an endpoint in that state, `is:empty` for those without any. */
function addressOf(q, sort, after) {
  const words = q.split(/\s+/).filter((word) => word !== '');
  const states = words.filter((word) => word.startsWith('is:'));
  const query = new URLSearchParams({ limit: PER_PAGE });
  const rest = words.filter((word) => !word.startsWith('is:')).join(' ');
  if (rest !== '') query.set('q', rest);
  if (states.length > 0) query.set('state', states[0].slice(3));
  if (sort !== '') query.set('sort', sort);
  if (after > 0) query.set('after', after);
  return `/v1/routes?${query}`;
}

function Filter({ q, sort }) {
  const input = useRef(null);
  const timer = useRef(0);
  // The address leads: back and forward change what is written here.
  useEffect(() => {
    if (document.activeElement !== input.current) input.current.value = q;
  }, [q]);
  const look = () => {
    clearTimeout(timer.current);
    ask({ q: input.current.value.trim(), after: null }, false);
  };
  const later = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(look, TYPING_MS);
  };
  const submit = (event) => {
    event.preventDefault();
    look();
  };
  return html`<form class="filter" role="search" onSubmit=${submit}>
    <label class="unseen" for="filter">Routes with all of these words</label>
    <input id="filter" type="search" ref=${input} defaultValue=${q} onInput=${later} placeholder="Words of the route, is:failed, is:empty" autocomplete="off" spellcheck=${false} />
    <nav class="choice" aria-label="Which routes">
      ${SORTS.map(
        ([name, label]) =>
          html`<a key=${name} href=${`/routes${queryOf(q, name)}`} aria-current=${sort === name ? 'true' : undefined}>${label}</a>`,
      )}
    </nav>
  </form>`;
}

function queryOf(q, sort, after = 0) {
  const query = new URLSearchParams();
  if (q !== '') query.set('q', q);
  if (sort !== '') query.set('sort', sort);
  if (after > 0) query.set('after', after);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function Page({ page: { routes, next }, after, q, sort, isOld }) {
  if (routes.length === 0) return html`<${Empty} q=${q} sort=${sort} after=${after} />`;
  const earlier = Math.max(0, after - PER_PAGE);
  const shown = `${whole(after + 1)} to ${whole(after + routes.length)}`;
  return html`<div class=${isOld ? 'old' : ''}>
    <div class="wide-table" role="region" aria-label="Routes" tabindex="0"><table class="rows">
      <caption class="unseen">Routes ${shown}; figures are those of the last minute on this router</caption>
      <thead><tr>
        <th scope="col">Route</th>
        <th scope="col">Endpoints</th>
        <th scope="col" class="num">Requests/s</th>
        <th scope="col" class="num">Failed</th>
        <th scope="col" class="num wide">95 %</th>
        <th scope="col" class="wide">Balancing</th>
        <th scope="col" class="wide">Has</th>
      </tr></thead>
      <tbody>${routes.map((row) => html`<${Row} key=${row.route} of=${row} />`)}</tbody>
    </table></div>
    <nav class="pages" aria-label="Pages">
      ${after > 0 ? html`<a href=${`/routes${queryOf(q, sort, earlier)}`}>Earlier</a>` : html`<span class="quiet">Earlier</span>`}
      <span>${shown}</span>
      ${next !== null ? html`<a href=${`/routes${queryOf(q, sort, next)}`}>Later</a>` : html`<span class="quiet">Later</span>`}
    </nav>
  </div>`;
}

function Row({ of: row }) {
  const { route, endpoints, states, algorithm, last_minute: minute } = row;
  const { ready = 0, ...others } = states;
  return html`<tr>
    <th scope="row" class="key"><a href=${routeLink(route)}><${Key} of=${route} /></a></th>
    <td>
      <span class=${ready === 0 ? 'wrong' : ''}>${endpoints === 0 ? 'none' : `${whole(ready)} of ${whole(endpoints)} ready`}</span>
      ${Object.entries(others).map(([state, count]) => html` <span class=${`state ${state}`}>${count} ${state}</span>`)}
    </td>
    <td class="num">${minute === null ? NONE : number(minute.requests_per_second)}</td>
    <td class=${`num ${minute === null ? '' : levelOf(minute)}`}>${minute === null ? NONE : percent(share(minute))}</td>
    <td class="num wide">${milliseconds(minute?.p95_ms)}</td>
    <td class="wide">${algorithm}</td>
    <td class="wide">${badges(row)}</td>
  </tr>`;
}

function Empty({ q, sort, after }) {
  if (after > 0)
    return html`<p class="quiet">There are not so many routes. <a href=${`/routes${queryOf(q, sort)}`}>Go to the first ones</a>.</p>`;
  if (sort === 'failing') {
    return html`<p class="quiet">No route ${q === '' ? '' : 'that fits '}had a failed request in the last minute. <a href=${`/routes${queryOf(q, '')}`}>See all routes</a>.</p>`;
  }
  if (sort === 'busiest') {
    return html`<p class="quiet">No route ${q === '' ? '' : 'that fits '}had a request in the last minute. <a href=${`/routes${queryOf(q, '')}`}>See all routes</a>.</p>`;
  }
  if (q !== '')
    return html`<p class="quiet">No route has all of these words: ${q}. <a href="/routes">See all routes</a>, or <a href=${`/explain?url=${encodeURIComponent(`http://${q}/`)}`}>explain where a request would go</a>.</p>`;
  return html`<p class="quiet">There is no route yet. Agents announce them on NATS; to try one, start an application and <code>cellgate register</code> its address.</p>`;
}
