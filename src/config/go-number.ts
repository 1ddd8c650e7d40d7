const WHOLE = /^([-+]?)(?:0x([\da-f_]+)|0b([01_]+)|0o?([0-7_]+)|(\d[\d_]*))$/i;

/**
 * A plain scalar as Go's YAML library reads a number: `1_000`, `010` (octal), `0x10`, `0b10`; null where it is none of
 * these. @param whole a fraction is cut off, as Go does for a key that holds an integer
 */
export function goNumber(source: string, whole: boolean): number | null {
  const match = WHOLE.exec(source);
  if (match === null) return whole ? cut(source) : null;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits = hex ?? binary ?? octal ?? decimal ?? '';
  const base = hex ? 16 : binary ? 2 : octal ? 8 : 10;
  const value = Number.parseInt(digits.replaceAll('_', ''), base);
  if (Number.isNaN(value)) return null;
  return sign === '-' ? 0 - value : value;
}

function cut(source: string): number | null {
  const value = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(source) ? Number(source) : Number.NaN;
  // Adding 0 leaves no -0, which nothing here could mean.
  return Number.isFinite(value) ? Math.trunc(value) + 0 : null;
}
