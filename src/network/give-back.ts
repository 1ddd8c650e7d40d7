/** Bytes of one read from which on freeing their memory by hand pays. */
export const BULK_BYTES = 16 * 1024;

/**
 * Frees the memory of what was read and has been used up, now. V8 counts what lives outside its heap and collects the
 * whole heap after each 32 MiB of it, which is a fifth to a third of the CPU of a bulk transfer; and memory that comes
 * back at once is still in the caches. Nobody may hold any part of it.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  // A part of a larger memory has other users.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
