import { useEffect, useRef } from 'preact/hooks';
import { reach } from './feed.js';
import { html } from './html.js';
import { place } from './location.js';
import { Mark } from './notices.js';
import { leave, session } from './session.js';
import { clock } from './words.js';

const SCREENS = [
  ['/', 'Overview'],
  ['/routes', 'Routes'],
  ['/explain', 'Explain'],
  ['/cutovers', 'Cutovers'],
];

export function Frame({ children }) {
  const { path } = place.value;
  const isHere = (address) => (address === '/' ? path === '/' : path.startsWith(address));
  return html`<a class="skip" href="#main">Skip to the content</a>
    <header class="bar">
      <a class="name" href="/"><${Logo} />Cellgate</a>
      ${
        session.value.kind !== 'out' &&
        html`<nav class="screens" aria-label="Screens">
        ${SCREENS.map(
          ([address, label]) =>
            html`<a href=${address} aria-current=${isHere(address) ? 'page' : undefined}>${label}</a>`,
        )}
      </nav>`
      }
      <${Who} />
    </header>
    <div role="status" aria-live="polite"><${Lost} /></div>
    ${children}`;
}

function Who() {
  if (session.value.kind !== 'in') return null;
  const { name, rights } = session.value;
  return html`<div class="who">
    <span title=${`May ${rights.join(', ')}`}>${name}</span>
    <button type="button" class="plain" onClick=${leave}>Sign out</button>
  </div>`;
}

function Lost() {
  const { kind, at } = reach.value;
  if (kind === 'live') return null;
  return html`<p class="lost"><${Mark} level="wrong" /> The router has not answered since ${clock(at)}. What is shown is from then; it is asked again by itself. If it was stopped, start it and load this page again.</p>`;
}

function Logo() {
  return html`<svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true"><path d="M2 14V7a6 6 0 0 1 12 0v7h-3V7a3 3 0 0 0-6 0v7H2Zm5-6h2v6H7V8Z" /></svg>`;
}

/** One screen: its title is the page's, and has the focus when the screen is another. */
export function Screen({ title, heading = title, note, children }) {
  const head = useRef(null);
  useEffect(() => {
    document.title = `${title} – Cellgate`;
  }, [title]);
  useEffect(() => {
    // The first screen leaves the focus where the browser has it.
    if (Frame.shown) head.current.focus();
    Frame.shown = true;
  }, []);
  return html`<main class="page" id="main" tabindex="-1">
    <div class="title"><h1 tabindex="-1" ref=${head}>${heading}</h1>${note}</div>
    ${children}
  </main>`;
}
Frame.shown = false;
