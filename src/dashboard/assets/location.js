import { signal } from '@preact/signals';

/** Where the page is: its path and what is behind the question mark. */
export const place = signal(read());

function read() {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

function go(address) {
  history.pushState(null, '', address);
  place.value = read();
  scrollTo(0, 0);
}

/** The same screen, with these parameters; empty ones are left out. @param keep false: back leads past it */
export function ask(parameters, keep = true) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === '' || value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history[keep ? 'pushState' : 'replaceState'](null, '', location.pathname + (text === '' ? '' : `?${text}`));
  place.value = read();
}

/** The page follows the address, and links to its own screens load nothing. */
export function follow() {
  addEventListener('popstate', () => {
    place.value = read();
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="/"]');
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (link === null || link === undefined || !isPlain || link.target !== '') return;
    if (link.pathname.startsWith('/plain') || link.pathname.startsWith('/v1/')) return;
    event.preventDefault();
    go(link.getAttribute('href'));
  });
}

export function routeLink(route) {
  return `/routes/${encodeURIComponent(route)}`;
}

export function cutoverLink(route) {
  return `/cutovers/${encodeURIComponent(route)}`;
}
