import { z } from 'zod';

const text = z.string();
const share = z.number().min(0).max(1.001);

/** What commands and pages show of it; a router of another version may say more, and of that nothing is shown. */
const EXPLANATION = z.looseObject({
  request: z.looseObject({ method: text, host: text, path: text }),
  tried: z.array(z.looseObject({ key: text, found: z.boolean() })),
  route: text.nullable(),
  answer: z.looseObject({ status: z.number(), routerError: text, why: text }).nullable(),
  rule: text,
  service: text,
  pin: text,
  session: text,
  algorithm: text,
  algorithmFrom: z.looseObject({ from: text, key: text }).nullable(),
  split: z
    .looseObject({ key: text, arms: z.array(z.looseObject({ arm: text, weight: z.number(), odds: share })) })
    .nullable(),
  endpoints: z.array(
    z.looseObject({
      address: text,
      instance: text,
      app: text,
      state: text,
      inFlight: z.number(),
      odds: share,
    }),
  ),
  more: z.number(),
  limits: z.array(z.looseObject({ name: text, unit: text, value: z.number(), from: text, key: text })),
  nearest: z.array(text),
});

/** What another router has told: null is what it could not say, undefined is none of ours. */
export function readExplanation(value: unknown): object | null | undefined {
  if (value === null) return null;
  const read = EXPLANATION.safeParse(value);
  return read.success ? read.data : undefined;
}
