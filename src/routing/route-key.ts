import { withoutLastDot } from './host-name.ts';

/**
 * gorouter's normal form of a route: lower case, host and path both, cut at the first `?`, one leading and
 * one trailing slash removed. `foo.com//` keeps one slash and so is a route of its own. Beyond gorouter's, what it
 * would keep and never find: `foo.com.` is `foo.com`, and a path beyond ASCII is written as requests are looked up.
 */
export function routeKey(uri: string): string {
  const query = uri.indexOf('?');
  let key = escapedText(query < 0 ? uri : uri.slice(0, query)).toLowerCase();
  if (key.endsWith('/')) key = key.slice(0, -1);
  if (key.startsWith('/')) key = key.slice(1);
  const slash = key.indexOf('/');
  return slash < 0 ? withoutLastDot(key) : withoutLastDot(key.slice(0, slash)) + key.slice(slash);
}

function escapedText(text: string): string {
  // Half a character is in no request; who asks for one finds nothing.
  return text.replace(/[^\x00-\x7f]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}

/** A request's path, a character a byte, as routes know it: bytes beyond ASCII are found by their escapes. */
export function escapedPath(path: string): string {
  for (let at = 0; at < path.length; at++) {
    if (path.charCodeAt(at) > 0x7f) return path.replace(/[\x80-\xff]/g, escapeByte);
  }
  return path;
}

function escapeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`;
}

/** `/` and whatever follows the host in a registered uri, case kept, query removed. */
export function contextPath(uri: string): string {
  const query = uri.indexOf('?');
  const bare = query < 0 ? uri : uri.slice(0, query);
  const slash = bare.indexOf('/');
  return slash < 0 ? '/' : bare.slice(slash);
}

/** The context path of a route that was registered in the very form of its key. */
export function pathOfKey(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? '/' : key.slice(slash);
}
