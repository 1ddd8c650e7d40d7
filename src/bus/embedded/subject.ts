/** A subject that can be subscribed to: dot-separated tokens, none empty; `*` is any token, a last `>` any one or more. */
export function isValidSubject(subject: string): boolean {
  const tokens = subject.split('.');
  return tokens.every((token, i) => token !== '' && (token !== '>' || i === tokens.length - 1));
}

/** A subject that can be published to: no wildcard tokens. `a*` and `a>b` are ordinary tokens. */
export function isLiteralSubject(subject: string): boolean {
  return subject.split('.').every((token) => token !== '' && token !== '*' && token !== '>');
}
