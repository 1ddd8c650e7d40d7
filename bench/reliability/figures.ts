import type { Figure } from './figure.ts';
import { connectionChurn } from './figures/connection-churn.ts';
import { descriptorExhaustion } from './figures/descriptor-exhaustion.ts';
import { disconnectStorm } from './figures/disconnect-storm.ts';
import { idleConnections } from './figures/idle-connections.ts';
import { slowReaders } from './figures/slow-readers.ts';
import { slowSenders } from './figures/slow-senders.ts';

export const FIGURES: readonly Figure[] = [
  idleConnections,
  connectionChurn,
  disconnectStorm,
  slowReaders,
  slowSenders,
  descriptorExhaustion,
];
