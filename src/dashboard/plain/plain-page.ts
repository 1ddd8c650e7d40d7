import type { Answer } from '../../admin/answer.ts';
import type { Caller } from '../../admin/caller.ts';
import { STYLE_SHEET } from '../asset-files.ts';
import { html, type Markup, NO_MARKUP } from './markup.ts';

/** As of all pages, but that forms may be sent here. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export interface PlainPage {
  readonly title: string;
  readonly body: Markup;
  readonly caller: Caller;
  /** Default: 200. */
  readonly status?: number;
  /** Of the style sheet. */
  readonly version: string;
}

/** A page without a script, whole as it comes. */
export function plainPage({ title, body, caller, status = 200, version }: PlainPage): Answer {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Cellgate</title>
<link rel="stylesheet" href="/assets/${version}/${STYLE_SHEET}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar"><a class="name" href="/plain">Cellgate</a>
<nav class="screens" aria-label="Screens"><a href="/plain">Overview</a><a href="/plain/routes">Routes</a></nav>
${leaving(caller)}</header>
<main class="page" id="main"><div class="title"><h1>${title}</h1></div>
${body}
<p class="quiet">This page stands still: load it again for what is now. <a href="/">With JavaScript there is more</a>.</p>
</main>
</body>
</html>
`;
  // Without a referrer browsers would not say of a form that it is ours.
  const headers = { 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'same-origin' };
  return { kind: 'page', html: page.text, headers, status };
}

function leaving(caller: Caller): Markup {
  if (caller.kind !== 'session') return NO_MARKUP;
  const { name } = caller.principal;
  return html`<form class="who" method="post" action="/plain/leave"><span>${name}</span><button class="plain">Sign out</button></form>`;
}

/** A table; the first cell of a row is its header. @param columns those that begin with # hold numbers */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Markup[])[],
): Markup {
  const isNumber = columns.map((column) => column.startsWith('#'));
  const head = columns.map(
    (column, at) =>
      html`<th scope="col" class="${isNumber[at] ? 'num' : ''}">${column.replace('#', '')}</th>`,
  );
  const lines = rows.map(([first, ...rest]) => {
    const cells = rest.map((cell, at) => html`<td class="${isNumber[at + 1] ? 'num' : ''}">${cell}</td>`);
    return html`<tr><th scope="row">${first!}</th>${cells}</tr>\n`;
  });
  return html`<div class="wide-table"><table class="rows"><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${lines}</tbody></table></div>`;
}
