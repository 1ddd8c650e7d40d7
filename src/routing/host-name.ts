const DOT = 0x2e;
const PORT_COLON = 0x3a;
const BRACKET = 0x5b;

/** Longest name there can be (RFC 1035 §2.3.4); the wildcard search looks up every parent of it. */
const MAX_HOST_NAME = 255;

/** Of a reg-name (RFC 3986 §3.2.2), but for percent-encoding: no such name can be had, nor any beyond ASCII. */
const NAME = new Uint8Array(0x80);
for (let code = 0; code < NAME.length; code++) {
  NAME[code] = /[A-Za-z0-9\-._~!$&'()*+;=]/.test(String.fromCharCode(code)) ? 1 : 0;
}

/**
 * The one rule for what a host is called, in a Host header and in a route: where the name ends and `:port` or nothing
 * follows; -1 when it is no host name or IP literal, or longer than any.
 */
export function hostNameEnd(host: string): number {
  if (host.charCodeAt(0) === BRACKET) {
    const close = host.indexOf(']');
    return close > 1 && /^\[[0-9A-Fa-f:.]+\]$/.test(host.slice(0, close + 1)) ? close + 1 : -1;
  }
  let previous = DOT;
  let end = 0;
  for (; end < host.length; end++) {
    const char = host.charCodeAt(end);
    if (char === PORT_COLON) break;
    // An empty label: no name has one but at its end.
    if (NAME[char] !== 1 || (char === DOT && previous === DOT)) return -1;
    previous = char;
  }
  return (end === 0 && host.length > 0) || end > MAX_HOST_NAME ? -1 : end;
}

/** Whether this is a host's name and nothing else: no port, no user. */
export function isHostName(text: string): boolean {
  return text !== '' && hostNameEnd(text) === text.length;
}

/** A name as routes know it: one dot at its end says that it is a whole one, which every name here is. */
export function withoutLastDot(name: string): string {
  return name.charCodeAt(name.length - 1) === DOT ? name.slice(0, -1) : name;
}
