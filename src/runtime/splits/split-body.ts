const ARM_FIELDS = ['selector', 'weight'];
const FIELDS = ['arms', 'key', 'on_empty', 'expected', 'hold'];
const HOLD_FIELDS = ['hold', 'expected'];

/** What is misspelt would be left out of what is decided, without a word. Null: every field means something here. */
export function strayField(body: Readonly<Record<string, unknown>>): string | null {
  const isHold = body['hold'] === true;
  const known = isHold ? HOLD_FIELDS : FIELDS;
  if (Object.keys(body).some((name) => !known.includes(name))) {
    return `the body has a field that is not known here${isHold ? ' beside hold' : ''}, allowed: ${known.join(', ')}`;
  }
  const arms = Array.isArray(body['arms']) ? body['arms'] : [];
  const at = arms.findIndex((arm) => Object.keys(arm ?? {}).some((name) => !ARM_FIELDS.includes(name)));
  return at < 0 ? null : `arms[${at}]: has a field that is not known here, allowed: ${ARM_FIELDS.join(', ')}`;
}
