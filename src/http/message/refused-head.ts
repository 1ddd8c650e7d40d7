/** What can be told of a head that is not one: read without trust, for a log alone. */
export interface RefusedHead {
  /** As the client wrote it. */
  readonly requestLine: string;
  /** Empty unless it is spelled like one, since logs print it bare. */
  readonly host: string;
  /** First value of a header, by its name in lower case; empty where there is none. */
  header(name: string): string;
}

const REQUEST_LINE = /^(?:\r?\n)*([!#$%&'*+\-.^`|~\w]{1,64} [^\r\n ]{1,8000} HTTP\/\d\.\d)\r?\n/;
const HOST = /^[\w.*\-[\]:]{1,255}$/;

/** @param text the bytes up to the fault and what came with them, Latin-1; null: no request line is in them */
export function readRefusedHead(text: string): RefusedHead | null {
  const match = REQUEST_LINE.exec(text);
  if (match === null) return null;
  const lines = text.slice(match[0].length).split('\r\n');
  const end = lines.indexOf('');
  const known = end < 0 ? lines : lines.slice(0, end);
  const header = (name: string): string => {
    const line = known.find((each) => each.slice(0, name.length + 1).toLowerCase() === `${name}:`);
    return line === undefined ? '' : line.slice(name.length + 1).trim();
  };
  const host = header('host');
  return { requestLine: match[1]!, host: HOST.test(host) ? host : '', header };
}
