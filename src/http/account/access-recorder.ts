import { type AccessLog, type AppLog, NO_ACCESS_LOG } from '../../telemetry/access-log.ts';
import { accessJsonLine } from '../../telemetry/access-log-json.ts';
import { type AccessRecord, writeAccessLogLine } from '../../telemetry/access-log-line.ts';
import { type AttemptValues, attemptPart } from '../../telemetry/attempt-fields.ts';
import { ExtraHeaders } from '../../telemetry/extra-headers.ts';
import { LineBytes } from '../../telemetry/line-bytes.ts';
import { LONGEST_LINE, truncatedRecord } from '../../telemetry/truncation.ts';
import type { WallClock } from '../../time/wall-clock.ts';
import type { TellingFault } from '../message/fault.ts';
import type { RefusedHead } from '../message/refused-head.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import { toldAs } from '../policy/endpoint-texts.ts';
import type { AccessLogSettings, HttpSettings } from '../settings.ts';
import { type Asked, emptyRecord, fillRecord, fillRefused } from './access-record.ts';
import { Account } from './account.ts';
import { countRare, type Noting } from './measured.ts';
import type { StartStopEvents } from './start-stop-events.ts';

export interface AccessSinks extends Noting {
  readonly settings: HttpSettings;
  readonly accessLog: AccessLog;
  readonly appLog?: AppLog | null;
  /** `null`: nobody is told of events. */
  readonly events?: StartStopEvents | null;
}

/** Tells the access log, and the application's own log, of every exchange that is over (docs/compatibility.md §6.6). */
export class AccessRecorder {
  /** Whether the log tells what the attempts took. */
  readonly tellsAttempts: boolean;
  readonly #settings: HttpSettings;
  readonly #noting: Noting;
  readonly #log: AccessLogSettings;
  readonly #accessLog: AccessLog;
  readonly #appLog: AppLog | null;
  readonly #events: StartStopEvents | null;
  readonly #clock: WallClock;
  readonly #headers: ExtraHeaders;
  /** Both are done with when `write` returns. */
  readonly #record = emptyRecord();
  readonly #line = new LineBytes();
  /** Nobody listens. */
  readonly #off: boolean;

  constructor(sinks: AccessSinks, clock: WallClock) {
    const { settings, accessLog, appLog = null, events = null } = sinks;
    this.#settings = settings;
    this.#noting = sinks;
    this.#log = settings.accessLog;
    this.#accessLog = accessLog;
    this.#appLog = appLog;
    this.#events = events;
    this.#clock = clock;
    this.#headers = new ExtraHeaders(settings.accessLog.headers);
    this.#off = accessLog === NO_ACCESS_LOG && appLog === null;
    this.tellsAttempts = !this.#off && this.#log.attemptFields.length > 0;
  }

  write(asked: Asked, account: Account): void {
    countRare(this.#noting, asked, account);
    this.#events?.tell(asked, account);
    if (this.#off) return;
    const record = this.#record;
    fillRecord(record, asked, this.#settings, account);
    if (this.tellsAttempts)
      record.attempts = attemptPart(this.#log.attemptFields, attemptValues(asked, account));
    if (this.#headers.names.length > 0) {
      record.headers = this.#headers.part(this.#headerValues(asked, account), record.plain);
    }
    if (this.#log.format === 'json') this.#accessLog.write(this.#json(record, asked, account));
    const appId = this.#appLog === null ? '' : (account.texts?.endpoint.appId ?? '');
    if (this.#log.format === 'json' && appId === '') return;
    writeAccessLogLine(this.#line, record, this.#clock);
    if (this.#log.format === 'gorouter') this.#accessLog.write(this.#line);
    if (appId !== '') this.#tellApp(record, asked, account);
  }

  /** A request that was refused unread has a line too, as gorouter has for what it takes (docs/compatibility.md §6.6). */
  refuse(head: RefusedHead, fault: TellingFault, client: ClientFacts, now: number): void {
    if (this.#accessLog === NO_ACCESS_LOG) return;
    const account = new Account();
    account.open(now, '');
    const record = this.#record;
    fillRefused(record, head, fault, client, this.#settings, now);
    if (this.tellsAttempts)
      record.attempts = attemptPart(this.#log.attemptFields, attemptValues({ client }, account));
    const values = this.#headers.names.map((name) => head.header(name));
    if (values.length > 0) record.headers = this.#headers.part(values, false);
    if (this.#log.format === 'json') {
      this.#accessLog.write(this.#jsonOf(record, client, account, values));
      return;
    }
    writeAccessLogLine(this.#line, record, this.#clock);
    this.#accessLog.write(this.#line);
  }

  /** The record's line has been made. */
  #tellApp(record: AccessRecord, asked: Asked, account: Account): void {
    const line = this.#line;
    if (line.length > LONGEST_LINE) {
      const headers = this.#headers.truncatedPart(this.#headerValues(asked, account));
      writeAccessLogLine(line, truncatedRecord(record, headers), this.#clock);
    }
    this.#appLog!.write(toldAs(account.texts!), line);
  }

  #json(record: AccessRecord, asked: Asked, account: Account): string {
    return this.#jsonOf(record, asked.client, account, this.#headerValues(asked, account));
  }

  #jsonOf(record: AccessRecord, client: ClientFacts, account: Account, headerValues: string[]): string {
    const endpoint = account.texts?.endpoint;
    return accessJsonLine(
      record,
      {
        client: this.#settings.logSourceAddress ? client.address : '',
        backend: endpoint?.address ?? '',
        appId: endpoint?.appId ?? '',
        appIndex: endpoint?.instanceIndex ?? '',
        instanceId: endpoint?.instanceId ?? '',
        attemptFields: this.#log.attemptFields,
        attempts: attemptValues({ client }, account),
        headerNames: this.#headers.names,
        headerValues,
      },
      this.#clock,
    );
  }

  #headerValues({ head }: Asked, { trace }: Account): string[] {
    return this.#headers.names.map((name) => trace?.values.get(name) ?? headerValue(head, name));
  }
}

/** The first line of that name, known to the parser by an id or not. */
function headerValue(head: Asked['head'], name: string): string {
  for (let line = 0; line < head.count; line++) {
    if (head.name(line).toLowerCase() === name) return head.value(line);
  }
  return '';
}

function attemptValues({ client }: Pick<Asked, 'client'>, account: Account): AttemptValues {
  const { attempts, backendStartedAt, backendFinishedAt } = account;
  const { failed, lastFailedAt, succeeded } = attempts;
  return {
    failedAttempts: failed,
    failedAttemptsTime: lastFailedAt < 0 ? -1 : lastFailedAt - backendStartedAt,
    dnsTime: attempts.dns,
    dialTime: attempts.dial,
    tlsTime: attempts.tls,
    backendTime: succeeded ? backendFinishedAt - (lastFailedAt < 0 ? backendStartedAt : lastFailedAt) : -1,
    localAddress: attempts.localAddress,
    tlsSni: client.serverName,
    callerApp: client.caller?.app ?? '',
    callerSpace: client.caller?.space ?? '',
    callerOrg: client.caller?.org ?? '',
    routePolicy: account.routePolicy,
  };
}
