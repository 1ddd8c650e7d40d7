import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/schema.ts';
import { readErrorPage } from '../runtime/settings/error-page.ts';
import { routingApiSettings } from '../runtime/settings/routing-api-settings.ts';
import { StartError } from '../runtime/settings/start-error.ts';
import { scrapeTls } from '../runtime/settings/status-tls.ts';
import type { MachineFault } from './machine-fault.ts';

/** What is wrong with files and folders that the configuration names. Nothing is made or opened for writing. */
export function fileFaults(config: Config): MachineFault[] {
  const { access_log, cellgate } = config;
  return [
    ...unreadable(config),
    ...placeFaults('access_log.file', access_log.file),
    ...placeFaults('cellgate.admin.socket', cellgate.admin.socket),
    ...placeFaults('cellgate.tcp.log_file', cellgate.tcp.log_file),
  ];
}

/** Files that are read at a start, by what reads them then. */
function unreadable(config: Config): MachineFault[] {
  const readers = [
    () => readErrorPage(config.html_error_template_file),
    () => scrapeTls(config),
    () => routingApiSettings(config),
  ];
  return readers.flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return [{ kind: 'error', sentence: error.message }];
    }
  });
}

/** Of a path where the router makes a file. */
function placeFaults(key: string, path: string): MachineFault[] {
  if (path === '') return [];
  const folder = dirname(path);
  const kind = kindOf(folder);
  if (kind !== 'folder') {
    const what = kind === 'nothing' ? 'there is no folder' : 'no folder is';
    return [{ kind: 'error', sentence: `${key}: ${what} ${folder}: make it, or name another` }];
  }
  if (kindOf(path) === 'folder')
    return [{ kind: 'error', sentence: `${key}: ${path} is a folder: name a file` }];
  const place = kindOf(path) === 'nothing' ? folder : path;
  if (mayWrite(place)) return [];
  return [
    { kind: 'warning', sentence: `${key}: this user may not write to ${place}: the router's user has to` },
  ];
}

function kindOf(path: string): 'folder' | 'other' | 'nothing' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other';
  } catch {
    return 'nothing';
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
