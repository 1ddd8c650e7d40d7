import type { Figure } from './figure.ts';
import { addressesSwapped } from './figures/addresses-swapped.ts';
import { backendFrozen } from './figures/backend-frozen.ts';
import { backendKilled } from './figures/backend-killed.ts';
import { badCutovers } from './figures/bad-cutovers.ts';
import { busOutage, busOutageWithPruning } from './figures/bus-outage.ts';
import { coldStart } from './figures/cold-start.ts';
import { connectionChurn } from './figures/connection-churn.ts';
import { resetConnections, tlsHandshakes, unreadObjects } from './figures/crowds.ts';
import { cutoverOutages } from './figures/cutover-outages.ts';
import { cutovers } from './figures/cutovers.ts';
import { descriptorExhaustion } from './figures/descriptor-exhaustion.ts';
import { disconnectStorm } from './figures/disconnect-storm.ts';
import { halfGone } from './figures/half-gone.ts';
import { frameFloods, rapidReset } from './figures/http2-floods.ts';
import { renewedResets, smallFrames, unreadStreams } from './figures/http2-held.ts';
import { idleConnections } from './figures/idle-connections.ts';
import { idleHttp2 } from './figures/idle-http2.ts';
import { largeSnapshot } from './figures/large-snapshot.ts';
import { largeTable } from './figures/large-table.ts';
import { longWay } from './figures/long-way.ts';
import { movingEndpoints } from './figures/moving-endpoints.ts';
import { heartbeats, registrationStorm } from './figures/registration-storm.ts';
import { blueGreen, routeLatency } from './figures/route-changes.ts';
import { plainRestarts, verifiedRestarts } from './figures/routers-restarted.ts';
import { slowReaders } from './figures/slow-readers.ts';
import { slowSenders } from './figures/slow-senders.ts';
import { staleEndpoints } from './figures/stale-endpoints.ts';
import { tcpConnections } from './figures/tcp-connections.ts';

export const FIGURES: readonly Figure[] = [
  idleConnections,
  idleHttp2,
  connectionChurn,
  largeTable,
  registrationStorm,
  heartbeats,
  coldStart,
  routeLatency,
  blueGreen,
  backendKilled,
  backendFrozen,
  staleEndpoints,
  disconnectStorm,
  busOutage,
  busOutageWithPruning,
  slowReaders,
  slowSenders,
  descriptorExhaustion,
  rapidReset,
  frameFloods,
  movingEndpoints,
  smallFrames,
  unreadStreams,
  renewedResets,
  longWay,
  resetConnections,
  tlsHandshakes,
  tcpConnections,
  verifiedRestarts,
  plainRestarts,
  halfGone,
  addressesSwapped,
  largeSnapshot,
  unreadObjects,
  cutovers,
  badCutovers,
  cutoverOutages,
];
