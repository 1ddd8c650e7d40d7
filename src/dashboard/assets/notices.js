import { html } from './html.js';

/** Shapes differ, not only colours. */
const MARKS = {
  well: html`<path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.9 10.2L4.2 8.3l1.2-1.2 1.7 1.7 3.6-3.7 1.2 1.2-4.8 4.9Z" />`,
  look: html`<path d="M8 1.2 15.4 14H.6L8 1.2Zm-.9 4.6v4.1h1.8V5.8H7.1Zm0 5.1v1.7h1.8v-1.7H7.1Z" fill-rule="evenodd" />`,
  wrong: html`<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1L5.1 1Zm.3 3.3L4.3 5.4 6.9 8l-2.6 2.6 1.1 1.1L8 9.1l2.6 2.6 1.1-1.1L9.1 8l2.6-2.6-1.1-1.1L8 6.9 5.4 4.3Z" fill-rule="evenodd" />`,
  note: html`<path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.9 2.9h1.8v1.8H7.1V3.9Zm0 3.1h1.8v5.1H7.1V7Z" fill-rule="evenodd" />`,
};

export function Mark({ level, size = 16 }) {
  return html`<svg class="mark ${level}" viewBox="0 0 16 16" width=${size} height=${size} aria-hidden="true">${MARKS[level]}</svg>`;
}

/** A sentence, and what to do next. */
export function Notice({ level = 'note', title, children }) {
  return html`<div class="notice ${level}">
    <${Mark} level=${level} />
    <div><p class="notice-title">${title}</p>${children}</div>
  </div>`;
}

/** What a feed has to say where it has nothing to show. */
export function FeedNotice({ feed, what }) {
  if (feed.state.value === 'asking') return html`<p class="quiet" role="status">Asking for ${what} …</p>`;
  const { status, detail, hint } = feed.fault;
  if (status === 403) {
    return html`<${Notice} level="look" title="You may not see ${what}"><p>${sentence(detail)} ${sentence(hint)}</p><//>`;
  }
  return html`<${Notice} level="look" title="The router does not show ${what}"><p>${sentence(detail)} ${sentence(hint)}</p><//>`;
}

/** A route or an address, which may go on in the next line behind its dots and slashes alone. */
export function Key({ of: text }) {
  return text.split(/(?<=[./:])/).map((part) => html`${part}<wbr />`);
}

export function sentence(text) {
  return text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}.`;
}
