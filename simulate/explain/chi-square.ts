/** Cells of which fewer are expected are taken together: the test is none for them. */
const LEAST_EXPECTED = 30;
const TERMS = 1000;
const SMALL = 1e-300;

interface Cell {
  readonly expected: number;
  readonly seen: number;
}

/**
 * How likely what was seen, or anything farther off, is where the expected counts are right (Pearson's χ²).
 * @param samples by which the expected counts were found themselves; infinite: they are exact
 */
export function chance(cells: readonly Cell[], samples = Number.POSITIVE_INFINITY): number {
  const large = cells.filter(({ expected }) => expected >= LEAST_EXPECTED);
  const small = cells.filter(({ expected }) => expected < LEAST_EXPECTED);
  const rest = {
    expected: small.reduce((sum, { expected }) => sum + expected, 0),
    seen: small.reduce((sum, { seen }) => sum + seen, 0),
  };
  const tested = rest.expected >= LEAST_EXPECTED ? [...large, rest] : large;
  if (tested.length < 2) return 1;
  const total = cells.reduce((sum, { seen }) => sum + seen, 0);
  const square = tested.reduce((sum, { expected, seen }) => sum + (seen - expected) ** 2 / expected, 0);
  const freedom = tested.length - (rest.expected >= LEAST_EXPECTED || rest.expected === 0 ? 1 : 0);
  return upperTail(square / (1 + total / samples), freedom);
}

/** Of the χ² distribution: the regularised incomplete gamma function Q(freedom / 2, square / 2). */
export function upperTail(square: number, freedom: number): number {
  const [a, x] = [freedom / 2, square / 2];
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - series(a, x) : fraction(a, x);
}

function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < TERMS && term > sum * Number.EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a));
}

/** Lentz's way to a continued fraction. */
function fraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / SMALL;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < TERMS; n++) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / (step * d + b || SMALL);
    c = b + step / c || SMALL;
    value *= d * c;
    if (Math.abs(d * c - 1) < Number.EPSILON) break;
  }
  return value * Math.exp(a * Math.log(x) - x - logGamma(a));
}

/** Of whole and half numbers from 1/2 on, which is all that there is here. */
function logGamma(a: number): number {
  let sum = Number.isInteger(a) ? 0 : Math.log(Math.PI) / 2;
  for (let each = Number.isInteger(a) ? 1 : 0.5; each < a; each++) sum += Math.log(each);
  return sum;
}
