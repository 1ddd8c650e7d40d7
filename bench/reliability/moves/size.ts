/** Of a run in which endpoints move. */
export interface Size {
  readonly seconds: number;
  /** Messages a second on the bus. */
  readonly messages: number;
  /** Threads that are ended, and threads that are made to loop for ever. */
  readonly killed: number;
  readonly stuck: number;
}

export const WHOLE: Size = { seconds: 240, messages: 2500, killed: 15, stuck: 2 };
/** Of a run that is to mean anything. */
const LEAST: Size = { seconds: 20, messages: 1000, killed: 3, stuck: 1 };

export function sizeOf(scale: number): Size {
  const share = (key: keyof Size) => Math.max(LEAST[key], Math.round(WHOLE[key] * scale));
  return {
    seconds: share('seconds'),
    messages: share('messages'),
    killed: share('killed'),
    stuck: share('stuck'),
  };
}

/** What befalls the threads, in this order: those that are to stand still in the middle of as many parts. */
export function strikesOf({ killed, stuck }: Size): ('kill' | 'stick')[] {
  const every = (killed + stuck) / stuck;
  const sticks = new Set(Array.from({ length: stuck }, (_, each) => Math.floor((each + 0.5) * every)));
  return Array.from({ length: killed + stuck }, (_, at) => (sticks.has(at) ? 'stick' : 'kill'));
}
