/** On Linux, of those that containers are told to end by. */
const NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  USR1: 10,
  USR2: 12,
  ALRM: 14,
  TERM: 15,
  WINCH: 28,
  PWR: 30,
  RTMIN: 34,
  RTMAX: 64,
};

export const SIGKILL = 9;
export const SIGTERM = 15;

/** Of `SIGTERM`, `TERM`, `15` or `SIGRTMIN+3`; null: it is none that is known. */
export function signalNumber(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const [, name = '', offset = '0'] = /^(?:SIG)?([A-Z0-9]+?)([+-]\d{1,2})?$/.exec(text.toUpperCase()) ?? [];
  const base = NUMBERS[name];
  return base === undefined ? null : base + Number(offset);
}
