import { render } from 'preact';
import { Frame } from './frame.js';
import { html } from './html.js';
import { follow, place } from './location.js';
import { Notice } from './notices.js';
import { ScreenNamed } from './screens.js';
import { begin, session } from './session.js';

/** A link that the router prints may be opened in a page that is there already. */
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#code=')) begin();
});

function Content() {
  if (session.value.kind === 'asking') {
    return html`<main class="page" id="main"><p class="quiet">Asking the router …</p></main>`;
  }
  if (session.value.kind === 'out') return html`<${ScreenNamed} name="SignIn" />`;
  const [, screen, named = ''] = place.value.path.split('/');
  const route = decodeURIComponent(named);
  const several = (list, one) =>
    route === ''
      ? html`<${ScreenNamed} name=${list} key=${list} />`
      : html`<${ScreenNamed} name=${one} key=${place.value.path} route=${route} />`;
  if (screen === '') return html`<${ScreenNamed} name="Overview" key="overview" />`;
  if (screen === 'routes') return several('Routes', 'Route');
  if (screen === 'cutovers') return several('Cutovers', 'Cutover');
  if (screen === 'explain') return html`<${ScreenNamed} name="Explain" key="explain" />`;
  return html`<main class="page" id="main"><${Notice} title="There is no such page"><p><a href="/">Overview</a> has what there is.</p><//></main>`;
}

follow();
begin();
render(html`<${Frame}><${Content} /><//>`, document.getElementById('app'));
