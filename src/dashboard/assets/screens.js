import { signal } from '@preact/signals';
import { html } from './html.js';
import { Notice } from './notices.js';

/** Each screen is loaded when it is first shown. */
const LOADERS = {
  Cutover: () => import('./cutover.js'),
  Cutovers: () => import('./cutovers.js'),
  Explain: () => import('./explain.js'),
  Overview: () => import('./overview.js'),
  Route: () => import('./route.js'),
  Routes: () => import('./routes.js'),
  SignIn: () => import('./sign-in.js'),
};

/** By name: `asked`, `failed`, or the screen itself. */
const loaded = signal({});

function load(name) {
  if (name in loaded.peek()) return;
  const become = (state) => {
    loaded.value = { ...loaded.peek(), [name]: state };
  };
  become('asked');
  LOADERS[name]().then(
    (module) => become(module[name]),
    () => become('failed'),
  );
}

export function ScreenNamed({ name, ...properties }) {
  queueMicrotask(() => load(name));
  const screen = loaded.value[name] ?? 'asked';
  if (screen === 'asked') return html`<main class="page" id="main"><p class="quiet">Loading …</p></main>`;
  if (screen === 'failed') {
    return html`<main class="page" id="main"><${Notice} level="look" title="This screen could not be loaded">
      <p>The router does not answer, or it is of another version by now. <a href="" onClick=${() => location.reload()}>Load the page again</a>.</p>
    <//></main>`;
  }
  return html`<${screen} ...${properties} />`;
}
