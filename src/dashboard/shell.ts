import { CHART_SCRIPT, ENTRY, ICON, SHARED_MODULES, STYLE_SHEET } from './asset-files.ts';
import type { Assets } from './assets.ts';

/** Nothing but what this address serves, and no script or style in a page. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page of all screens: it holds nothing, and nothing secret; its script asks for what is shown. */
export function shellPage({ version }: Assets): string {
  const at = `/assets/${version}`;
  const preloads = SHARED_MODULES.map((name) => `<link rel="modulepreload" href="${at}/${name}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Cellgate</title>
<link rel="icon" href="${at}/${ICON}">
<link rel="stylesheet" href="${at}/${STYLE_SHEET}">
${preloads.join('\n')}
<script defer src="${at}/${CHART_SCRIPT}"></script>
<script type="module" src="${at}/${ENTRY}"></script>
</head>
<body>
<div id="app"></div>
<noscript>
<main class="page"><h1>Cellgate</h1><p>This page needs JavaScript. The same tables are there without it: <a href="/plain">overview, routes</a>.</p></main>
</noscript>
</body>
</html>
`;
}
