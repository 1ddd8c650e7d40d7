import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import {
  InvalidArgumentError,
  type NatsConnection,
  PermissionViolationError,
  RequestError,
} from '@nats-io/transport-node';
import type { Away, Refused } from './decision-store.ts';

/** The part of nats-server's errors that say "not now". */
const UNAVAILABLE = 503;

export function isConflict(error: unknown): boolean {
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  return hasCode(error, StreamWrongLastSequence) || hasCode(error, StreamWrongLastSequenceUnknown);
}

export function isBucketAbsent(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamNotFound);
}

/** Nobody answers for JetStream there: it is off, or off for this account, or no stream has the subject. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** What an error means for a write; conflicts apart. */
export function faultOutcome(error: unknown): Away | Refused {
  const message = error instanceof Error ? error.message : String(error);
  const isFinal =
    isDenied(error) ||
    // As for what is larger than this NATS takes of anybody.
    error instanceof InvalidArgumentError ||
    (error instanceof JetStreamApiError && error.status !== UNAVAILABLE);
  return { outcome: isFinal ? 'refused' : 'away', why: `JetStream: ${message}` };
}

/** Whether this NATS has JetStream for this account. `denied`: it is not for this user to ask. */
export type JetStreamPresence = 'yes' | 'no' | 'denied' | 'unknown';

export async function probeJetStream(
  connection: NatsConnection,
  timeout: number,
): Promise<JetStreamPresence> {
  try {
    await jetstreamManager(connection, { timeout });
    return 'yes';
  } catch (error) {
    if (isUnanswered(error)) return 'no';
    if (error instanceof JetStreamApiError) return 'yes';
    return isDenied(error) ? 'denied' : 'unknown';
  }
}

function isDenied(error: unknown): boolean {
  const cause = error instanceof RequestError ? error.cause : error;
  return cause instanceof PermissionViolationError;
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
