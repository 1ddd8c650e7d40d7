/**
 * gorouter's normal form of a route: lower case, host and path both, cut at the first `?`, one leading and
 * one trailing slash removed. `foo.com//` keeps one slash and so is a route of its own.
 */
export function routeKey(uri: string): string {
  const query = uri.indexOf('?');
  let key = (query < 0 ? uri : uri.slice(0, query)).toLowerCase();
  if (key.endsWith('/')) key = key.slice(0, -1);
  if (key.startsWith('/')) key = key.slice(1);
  return key;
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
