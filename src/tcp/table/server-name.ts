const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LONGEST = 253;

/** A server name as it is compared: lower case, no dot at the end. Null when it is none; `*.parent` is one for routes. */
export function serverName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name === '' || name.length > LONGEST) return null;
  const labels = name.split('.');
  if (labels[0] === '*') labels.shift();
  return labels.length > 0 && labels.every((label) => LABEL.test(label)) ? name : null;
}
