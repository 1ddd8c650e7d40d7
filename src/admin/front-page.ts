import { createHash } from 'node:crypto';
import type { AdminRoute } from './api.ts';

// The code is taken out of the address at once, so that it is in no history and in no screenshot.
const SCRIPT = `
const code = new URLSearchParams(location.hash.slice(1)).get('code');
history.replaceState(null, '', location.pathname);
const out = document.querySelector('pre');
const ask = async (path, options) => (await fetch(path, options)).json();
const begin = () => ask('/v1/session', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ code }),
});
(async () => {
  const begun = code === null ? {} : await begin();
  const shown = begun.error === undefined ? await ask('/v1/overview') : begun;
  out.textContent = shown.error === undefined ? JSON.stringify(shown, null, 2) : shown.detail + ': ' + shown.hint;
})().catch((error) => { out.textContent = String(error); });
`;

const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Cellgate</title>
<h1>Cellgate</h1>
<pre>…</pre>
<script>${SCRIPT}</script>
</html>
`;

const DIGEST = createHash('sha256').update(SCRIPT).digest('base64');
const POLICY = `default-src 'none'; connect-src 'self'; script-src 'sha256-${DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Where the banner's link leads: it makes a session of the code, and shows the overview. It holds nothing secret. */
export const FRONT_PAGE: AdminRoute = {
  method: 'GET',
  path: '/',
  right: 'all',
  handler: () => ({ kind: 'page', html: HTML, headers: { 'Content-Security-Policy': POLICY } }),
};
