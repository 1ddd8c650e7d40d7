import { useEffect, useRef } from 'preact/hooks';
import { Chart, timesOf } from './chart.js';
import { Errors } from './errors.js';
import { grow, useFeed } from './feed.js';
import { Screen } from './frame.js';
import { html } from './html.js';
import { routeLink } from './location.js';
import { FeedNotice, Key, Mark } from './notices.js';
import { levelOf, State } from './states.js';
import { ago, duration, milliseconds, NONE, number, percent, plural, share, whole } from './words.js';

const VERDICTS = { well: 'All is well', look: 'Have a look', wrong: 'Something is wrong' };

export function Overview() {
  const feed = useFeed('/v1/summary', 3000);
  const summary = feed.value.value;
  if (summary === null)
    return html`<${Screen} title="Overview"><${FeedNotice} feed=${feed} what="this router" /><//>`;
  return html`<${Screen} title="Overview" heading=${html`<${Verdict} of=${summary} />`}>
    <p class="unseen" role="status">${VERDICTS[summary.verdict]}</p>
    <${Remarks} of=${summary.remarks} />
    <${Tiles} of=${summary} />
    <${Charts} />
    <div class="columns">
      <${TopRoutes} title="Busiest routes" sort="busiest" routes=${summary.busiest} empty="No requests in the last minute." />
      <${TopRoutes} title="Routes that fail" sort="failing" routes=${summary.failing} empty="No request failed in the last minute." />
      <${Errors} />
      <${States} of=${summary} />
      <${About} of=${summary} />
    </div>
    <${Routers} of=${summary} />
  <//>`;
}

function Verdict({ of: { verdict } }) {
  return html`<span class=${`verdict ${verdict}`}><${Mark} level=${verdict} size=${26} />${VERDICTS[verdict]}</span>`;
}

function Remarks({ of: remarks }) {
  if (remarks.length === 0) return null;
  return html`<ul class="remarks">
    ${remarks.map(
      ({ level, text, link }) =>
        html`<li key=${text} class=${level}><${Mark} level=${level} />${link === null ? text : html`<a href=${link}>${text}</a>`}</li>`,
    )}
  </ul>`;
}

function Tiles({ of: { minute, all, routers, cutovers, splits, states } }) {
  const several = routers.length > 1;
  const figures = several ? all : minute;
  if (figures === null) {
    return html`<p class="quiet">The first figures come within ten seconds of the start.</p>`;
  }
  const answering = routers.filter(({ answers }) => answers).length;
  const scope = several ? `${answering} of ${plural(routers.length, 'router')}` : 'this router';
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  return html`<section aria-label=${`The last minute, ${scope}`}>
    <dl class="tiles">
      <${Tile} name="Requests" value=${number(figures.requests_per_second)} unit="/s" />
      <${Tile} name="Failed" value=${percent(share(figures))} note=${`${whole(figures.failed)} of ${whole(figures.requests)}`} level=${figures.failed_share >= 0.05 ? 'wrong' : figures.failed_share >= 0.01 ? 'look' : ''} />
      <${Tile} name="Median response" value=${milliseconds(figures.p50_ms)} />
      <${Tile} name="95th percentile" value=${milliseconds(figures.p95_ms)} />
      <${Tile} name="99th percentile" value=${milliseconds(figures.p99_ms)} />
      <${Tile} name="In flight" value=${number(figures.in_flight)} />
      <${Tile} name="Endpoints ready" value=${whole(states.ready)} note=${`of ${whole(total)}`} />
      <${Tile} name="Cutovers, splits" value=${`${cutovers.filter(({ over }) => !over).length}, ${splits}`} />
    </dl>
    <p class="quiet scope">The last minute, ${scope}.</p>
  </section>`;
}

function Tile({ name, value, unit = '', note = '', level = '' }) {
  return html`<div class="tile"><dt>${name}</dt><dd class=${level}>${value}${unit !== '' && html`<small>${unit}</small>`}${note !== '' && html`<span class="tile-note">${note}</span>`}</dd></div>`;
}

function Charts() {
  const feed = useFeed('/v1/history?series=', 5000, grow);
  const history = feed.value.value;
  if (history === null) return html`<${FeedNotice} feed=${feed} what="the last 15 minutes" />`;
  const { series } = history;
  if (series.requests.length === 0)
    return html`<p class="quiet">The first point of the charts comes within ten seconds of the start.</p>`;
  const times = timesOf(history);
  const line = (name, label, colour, more) => ({ label, colour, values: series[name], ...more });
  const perSecond = (value) => (value === null ? NONE : `${number(value)}/s`);
  return html`<section aria-label="The last 15 minutes of this router" class="charts">
    <${Chart} title="Requests" times=${times} show=${perSecond} lines=${[line('requests', 'all', 'accent')]} />
    <${Chart} title="Errors" times=${times} show=${perSecond} lines=${[
      line('app_error', 'applications, 5xx', 'wrong'),
      line('gateway_error', 'no answer', 'look'),
      line('client_error', 'applications, 4xx', 'muted'),
      line('refused', 'refused here', 'accent'),
    ]} />
    <${Chart} title="Response time" times=${times} show=${milliseconds} lines=${[
      line('p50', 'median', 'accent'),
      line('p95', '95 %', 'look'),
      line('p99', '99 %', 'wrong'),
    ]} />
    <${Chart} title="In flight" times=${times} lines=${[line('in_flight', 'requests', 'accent'), line('connections', 'connections', 'muted')]} />
    <${Chart} title="CPU and event loops" times=${times} show=${percent} least=${1} lines=${[
      line('cpu', 'process, 100 % a core', 'look'),
      line('busiest_thread', 'busiest proxy thread', 'accent'),
      line('control_thread', 'control thread', 'muted'),
    ]} />
    <${Chart} title="Event loop delay" times=${times} show=${milliseconds} least=${10} lines=${[line('loop_delay', 'worst proxy thread', 'accent')]} />
  </section>`;
}

function TopRoutes({ title, routes, sort, empty }) {
  return html`<section>
    <h2><a href=${`/routes?sort=${sort}`}>${title}</a></h2>
    ${
      routes.length === 0
        ? html`<p class="quiet">${empty}</p>`
        : html`<table>
      <caption class="unseen">${title}, the last minute on this router</caption>
      <thead><tr><th scope="col">Route</th><th scope="col" class="num">Requests/s</th><th scope="col" class="num">Failed</th><th scope="col" class="num">95 %</th></tr></thead>
      <tbody>${routes.map(
        (row) =>
          html`<tr key=${row.route}><th scope="row" class="key"><a href=${routeLink(row.route)}><${Key} of=${row.route} /></a></th><td class="num">${number(row.requests_per_second)}</td><td class=${`num ${levelOf(row)}`}>${percent(share(row))}</td><td class="num">${milliseconds(row.p95_ms)}</td></tr>`,
      )}</tbody>
    </table>`
    }
  </section>`;
}

function States({ of: { states } }) {
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  const rows = Object.entries(states)
    .filter(([state, count]) => count > 0 || state === 'ready')
    .toSorted(([, a], [, b]) => b - a);
  return html`<section>
    <h2>Endpoints</h2>
    ${
      total === 0
        ? html`<p class="quiet">There is no endpoint yet: <code>cellgate register</code> announces one, as agents on the cells do.</p>`
        : html`<table>
      <caption class="unseen">Endpoints of all routes by state</caption>
      <thead><tr><th scope="col">State</th><th scope="col" class="num">Endpoints</th><th scope="col" class="num">Share</th></tr></thead>
      <tbody>${rows.map(
        ([state, count]) =>
          html`<tr key=${state}><th scope="row"><a href=${`/routes?q=is%3A${state}`}><${State} of=${state} /></a></th><td class="num">${whole(count)}</td><td class="num">${percent(count / total)}</td></tr>`,
      )}</tbody>
    </table>`
    }
  </section>`;
}

function About({ of: { router } }) {
  const { version, started_at: at, uptime_seconds: up, health, bus, table, decisions } = router;
  return html`<section>
    <h2>This router</h2>
    <dl class="facts">
      <dt>Health</dt><dd>${health.state}: ${health.reason}</dd>
      <dt>NATS</dt><dd>${bus}</dd>
      <dt>Table</dt><dd>${plural(table.routes, 'route')}, ${plural(table.endpoints, 'endpoint')}, ${plural(table.backends, 'backend')}</dd>
      <dt>Decisions</dt><dd>${decisions.store === null ? 'kept nowhere' : `revision ${decisions.revision}, kept in ${decisions.store}`}${decisions.state === 'away' && decisions.why !== '' ? `, out of reach: ${decisions.why}` : ''}</dd>
      <dt>Version</dt><dd>${version}, up ${duration(up)}</dd>
      <dt>Started</dt><dd>${ago(at)}</dd>
    </dl>
  </section>`;
}

function Routers({ of: { routers } }) {
  const place = useRef(null);
  useEffect(() => {
    if (location.hash === '#routers') place.current?.scrollIntoView();
  }, []);
  if (routers.length < 2) return null;
  return html`<section id="routers" ref=${place}>
    <h2>Routers on this bus</h2>
    <div class="wide-table"><table>
      <caption class="unseen">All routers of the roll-call, the last minute of each</caption>
      <thead><tr><th scope="col">Router</th><th scope="col">State</th><th scope="col" class="num">Requests/s</th><th scope="col" class="num">Failed</th><th scope="col" class="num">95 %</th><th scope="col" class="num">In flight</th><th scope="col" class="num">Routes</th><th scope="col">Version</th></tr></thead>
      <tbody>${routers.map((router, at) => html`<${RouterRow} key=${router.id} of=${router} isOwn=${at === 0} />`)}</tbody>
    </table></div>
  </section>`;
}

function RouterRow({ of: router, isOwn }) {
  const { id, state, version, routes, minute, answers, heard_seconds: heard } = router;
  const silence = heard > 0 ? `last heard ${duration(heard)} ago` : 'does not answer';
  return html`<tr>
    <th scope="row" class="key">${id}${isOwn ? ' (this one)' : ''}</th>
    <td class=${answers ? '' : 'look'}>${answers ? state : silence}</td>
    <td class="num">${number(minute?.requests_per_second)}</td>
    <td class="num">${percent(minute?.failed_share)}</td>
    <td class="num">${milliseconds(minute?.p95_ms)}</td>
    <td class="num">${number(minute?.in_flight)}</td>
    <td class="num">${whole(routes)}</td>
    <td>${version}</td>
  </tr>`;
}
