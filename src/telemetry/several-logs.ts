import { type AccessLog, NO_ACCESS_LOG } from './access-log.ts';

/** One access log that is written to all of these. */
export function severalLogs(logs: readonly AccessLog[]): AccessLog {
  const [first, ...others] = logs;
  if (first === undefined) return NO_ACCESS_LOG;
  if (others.length === 0) return first;
  return {
    write: (line) => {
      for (const log of logs) log.write(line);
    },
    reopen: () => {
      for (const log of logs) log.reopen();
    },
    close: async () => void (await Promise.all(logs.map((log) => log.close()))),
  };
}
