/** What the disk, or the folder, is to blame for, in the system's words; `null`: it is a fault of our own. */
export function diskFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const isSystems = 'syscall' in error || ('code' in error && error.code === 'ERR_SQLITE_ERROR');
  return isSystems ? error.message : null;
}

/** The file is not there, or what should be its folder is none. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
