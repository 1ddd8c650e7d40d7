import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { Cutover } from './cutover.js';
import { Cutovers } from './cutovers.js';
import { Explain } from './explain.js';
import { Frame } from './frame.js';
import { html } from './html.js';
import { follow, place } from './location.js';
import { Notice } from './notices.js';
import { Overview } from './overview.js';
import { Route } from './route.js';
import { Routes } from './routes.js';
import { begin, session } from './session.js';
import { SignIn } from './sign-in.js';

/** A link that the router prints may be opened in a page that is there already. */
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#code=')) begin();
});

function App() {
  useEffect(() => {
    document.getElementById('app').dataset['state'] = session.value.kind;
  });
  return html`<${Frame}><${Content} /><//>`;
}

function Content() {
  if (session.value.kind === 'asking')
    return html`<main class="page" id="main"><p class="quiet">Asking the router …</p></main>`;
  if (session.value.kind === 'out') return html`<${SignIn} />`;
  const [, screen, named = ''] = place.value.path.split('/');
  const name = decodeURIComponent(named);
  if (screen === '') return html`<${Overview} />`;
  if (screen === 'routes')
    return name === '' ? html`<${Routes} />` : html`<${Route} key=${name} route=${name} />`;
  if (screen === 'explain') return html`<${Explain} />`;
  if (screen === 'cutovers') {
    return name === '' ? html`<${Cutovers} />` : html`<${Cutover} key=${name} route=${name} />`;
  }
  return html`<main class="page" id="main"><${Notice} title="There is no such page"><p><a href="/">Overview</a> has what there is.</p><//></main>`;
}

follow();
begin();
render(html`<${App} />`, document.getElementById('app'));
