/**
 * Megabytes for Node's `maxSessionMemory`; none is ever reached. Its count keeps what a stream had to write when it was
 * reset, so that a low limit would be met by any connection that lives long.
 */
export const SESSION_MB = 1_000_000;
