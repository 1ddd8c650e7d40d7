import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Bytes. */
export interface MemoryFigures {
  /** Of this thread's JavaScript heap. */
  readonly heapUsed: number;
  readonly heapLimit: number;
  /** What the machine, or the container, has left; 0: it does not say, as where there is no /proc. */
  readonly available: number;
  /** What it has in all. */
  readonly total: number;
}

const HEAP_SHARE = 0.9;
const AVAILABLE_SHARE = 0.03;

/** Whether new connections would bring the process near its end. */
export function isShort({ heapUsed, heapLimit, available, total }: MemoryFigures): boolean {
  return heapUsed > HEAP_SHARE * heapLimit || (available > 0 && available < AVAILABLE_SHARE * total);
}

export function memoryFigures(): MemoryFigures {
  const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
  const constrained = process.constrainedMemory();
  const physical = totalmem();
  // Without a limit some systems report an absurdly large one.
  const total = constrained > 0 && constrained < physical ? constrained : physical;
  return { heapUsed, heapLimit, available: process.availableMemory(), total };
}
