import { z } from 'zod';
import { balancingKeys } from './schema/balancing.ts';
import { cellgateKeys } from './schema/cellgate.ts';
import { headerKeys } from './schema/headers.ts';
import { listenerKeys } from './schema/listeners.ts';
import { loggingKeys } from './schema/logging.ts';
import { metricsKeys } from './schema/metrics.ts';
import { natsKeys } from './schema/nats.ts';
import { registryKeys } from './schema/registry.ts';
import { routeServiceKeys } from './schema/route-services.ts';
import { routingApiKeys } from './schema/routing-api.ts';
import { statusKeys } from './schema/status.ts';
import { timeoutKeys } from './schema/timeouts.ts';
import { tlsKeys } from './schema/tls.ts';

/** The keys of gorouter.yml, named and nested as gorouter does, and our own under `cellgate`. */
export const fileSchema = z.object({
  ...listenerKeys,
  ...statusKeys,
  ...natsKeys,
  ...registryKeys,
  ...balancingKeys,
  ...timeoutKeys,
  ...headerKeys,
  ...tlsKeys,
  ...loggingKeys,
  ...metricsKeys,
  ...routeServiceKeys,
  ...routingApiKeys,
  ...cellgateKeys,
});
