import { useFeed } from './feed.js';
import { Screen } from './frame.js';
import { html } from './html.js';
import { cutoverLink } from './location.js';
import { FeedNotice, Mark } from './notices.js';
import { clock, percent } from './words.js';

export function Cutovers() {
  const feed = useFeed('/v1/cutovers', 3000);
  const list = feed.value.value?.cutovers;
  return html`<${Screen} title="Cutovers">
    ${list === undefined ? html`<${FeedNotice} feed=${feed} what="cutovers" />` : html`<${List} of=${list} />`}
  <//>`;
}

function List({ of: list }) {
  if (list.length === 0) {
    return html`<p class="quiet">No route was cut over yet. <code>cellgate cutover ROUTE --from app:BLUE --to app:GREEN</code> begins one; its course is shown here.</p>`;
  }
  // Those that go on first, then the latest.
  const sorted = list.toSorted((a, b) => a.over - b.over || b.begun_at.localeCompare(a.begun_at));
  return html`<div class="wide-table" role="region" aria-label="Cutovers" tabindex="0"><table class="rows">
    <caption class="unseen">The last cutover of each route</caption>
    <thead><tr><th scope="col">Route</th><th scope="col">Phase</th><th scope="col" class="num">New arm has</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Begun</th><th scope="col" class="wide">By</th></tr></thead>
    <tbody>${sorted.map(
      ({ route, phase, weights, from, to, by, begun_at: at, over }) => html`<tr key=${route}>
        <th scope="row" class="key"><a href=${cutoverLink(route)}>${route}</a></th>
        <td><${Phase} of=${phase} over=${over} /></td>
        <td class="num">${percent(weights.to / 10_000)}</td>
        <td class="key">${from}</td><td class="key">${to}</td><td>${clock(at)}</td><td class="wide">${by}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

const WORDS = {
  preflight: 'looks whether it may begin',
  probe: 'asks the new arm',
  ramp: 'waits for routers to take the new share',
  judge: 'judges',
  soak: 'has all of it, and waits',
  held: 'held',
  reverting: 'is taken back',
  done: 'done',
  reverted: 'taken back',
  'not-begun': 'not begun',
  refused: 'refused',
};
const LEVELS = {
  done: 'well',
  held: 'look',
  reverting: 'wrong',
  reverted: 'look',
  'not-begun': 'look',
  refused: 'look',
};

export function Phase({ of: { name }, over }) {
  return html`<span class="phase"><${Mark} level=${LEVELS[name] ?? 'note'} />${WORDS[name] ?? name}${over ? '' : html` <span class="badge live">under way</span>`}</span>`;
}
