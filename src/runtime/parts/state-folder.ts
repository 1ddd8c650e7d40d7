import { stat } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { makeFolder } from '../../snapshot/make-folder.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';

const OTHERS_WRITE = 0o002;

/**
 * `cellgate.state_dir`, made for its owner alone where it is missing. Null where there is none, and where it cannot be
 * used, which the log says: a router does without.
 */
export async function openStateFolder(folder: string, log: ComponentLog): Promise<string | null> {
  if (folder === '') return null;
  const refuse = (error: string): null => {
    log.warn('state-folder-unusable', { folder, error });
    return null;
  };
  try {
    await makeFolder(folder);
    if (((await stat(folder)).mode & OTHERS_WRITE) === 0) return folder;
    return refuse('everybody may write there');
  } catch (error) {
    return refuse(getSystemErrorMessage((error as NodeJS.ErrnoException).errno ?? 0));
  }
}
