import type { Traffic } from '../../latency/traffic.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import { NO_SEAT } from '../../routing/seat.ts';
import { addressPart, instancePart } from '../../telemetry/access-log-line.ts';
import type { Metered } from '../../telemetry/meters.ts';
import { type ToldInstance, toldInstance } from '../../telemetry/told-instance.ts';
import { NO_LINES, type OwnLines, ownLines } from '../message/own-lines.ts';

/** What is said of an endpoint again and again. */
export interface EndpointTexts extends Metered {
  readonly endpoint: Endpoint;
  /** A route service: no instance of an application (docs/compatibility.md §4.6). */
  readonly isService: boolean;
  /** The header lines that tell an application which of its instances it is (docs/compatibility.md §3.4). */
  readonly headerLines: OwnLines;
  /** What its instance does on this thread; null: nothing was counted yet, or nothing is. */
  traffic: Traffic | null;
  /** As envelopes name it; null: none has yet. */
  told: ToldInstance | null;
  /** Parts of an access-log line. */
  readonly logAddress: string;
  readonly logPart: string;
}

export function endpointTexts(endpoint: Endpoint): EndpointTexts {
  const { appId, instanceIndex, instanceId, address } = endpoint;
  const isService = endpoint.backend.seat === NO_SEAT;
  return {
    endpoint,
    isService,
    component: endpoint.tags?.['component'] ?? '',
    appId,
    componentRow: -1,
    appRow: -1,
    varzRow: -1,
    traffic: null,
    told: null,
    headerLines: isService
      ? NO_LINES
      : ownLines(
          ...['X-CF-ApplicationID', fieldValue(appId)],
          ...['X-CF-InstanceIndex', fieldValue(instanceIndex)],
          ...['X-CF-InstanceID', fieldValue(instanceId || address)],
        ),
    logAddress: addressPart(isService ? '' : address),
    logPart: instancePart(appId, instanceIndex, instanceId),
  };
}

/** The instance as Loggregator is told of it. */
export function toldAs(texts: EndpointTexts): ToldInstance {
  if (texts.told !== null) return texts.told;
  const { appId, instanceIndex: index, instanceId, address, tags } = texts.endpoint;
  texts.told = toldInstance({ appId, index, id: instanceId || address, tags });
  return texts.told;
}

/** What comes over the bus may hold anything; a header may not. */
function fieldValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '');
}
