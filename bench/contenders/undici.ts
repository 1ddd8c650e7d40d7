import { script } from './script.ts';

/** What anyone would write first: the yardstick for the worth of our own HTTP code. */
export const undici = script('undici', new URL('./undici-process.ts', import.meta.url), () => undefined);
