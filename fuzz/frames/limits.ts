const HEAD = { bytes: 16_384, fields: 100, target: 8000 };

/** Of heads and of trailers, on both sides. */
export const LIMITS = { head: HEAD, trailers: HEAD } as const;
