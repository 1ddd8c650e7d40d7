import { mkdirSync, statSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import type { ComponentLog } from '../../telemetry/component-log.ts';

const OTHERS_WRITE = 0o002;

/**
 * `cellgate.state_dir`, made for its owner alone where it is missing. Null where there is none, and where it cannot be
 * used, which the log says: a router does without.
 */
export function openStateFolder(folder: string, log: ComponentLog): string | null {
  if (folder === '') return null;
  const refuse = (error: string): null => {
    log.warn('state-folder-unusable', { folder, error });
    return null;
  };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ((statSync(folder).mode & OTHERS_WRITE) === 0) return folder;
    return refuse('everybody may write there');
  } catch (error) {
    return refuse(getSystemErrorMessage((error as NodeJS.ErrnoException).errno ?? 0));
  }
}
