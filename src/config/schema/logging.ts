import { z } from 'zod';
import { choice, complaining, flag, text, texts } from './field.ts';
import { anyCount, anyName } from './lenient.ts';

/** Names of levels of gorouter's logging library for which there are none here. */
const OTHER_LEVELS = new Map([
  ['', 'info'],
  ['warning', 'warn'],
  ['dpanic', 'fatal'],
  ['panic', 'fatal'],
]);

/** The component log and the access log. */
export const loggingKeys = {
  logging: z.object({
    level: anyName(
      ['debug', 'info', 'warn', 'error', 'fatal'],
      'Lowest level of the component log, in any case.',
      { gorouter: 'debug', recommended: 'info' },
      (given) => OTHER_LEVELS.get(given.toLowerCase()) ?? given.toLowerCase(),
    ),
    syslog: text('First part of `source` in the component log; empty stands for `gorouter`.', ''),
    syslog_addr: text('Where access-log lines are streamed to, `host:port`.', '127.0.0.1:514'),
    syslog_network: text(
      'How they travel: `udp`, `tcp`, with `4` or `6` to choose a version of IP. Empty: `udp`.',
      'udp',
    ),
    syslog_truncate: anyCount('Bytes at which a streamed line is cut; 0: never.', 0),
    loggregator_enabled: flag('Whether applications get their access-log lines as logs.', false),
    metron_address: text("Loggregator's agent, `host:port`, over UDP.", 'localhost:3457'),
    format: z.object({
      timestamp: anyName(
        ['unix-epoch', 'rfc3339'],
        'How the component log writes the time; any other text stands for `unix-epoch`.',
        { gorouter: 'unix-epoch', recommended: 'rfc3339' },
        (given) => (given === 'rfc3339' ? given : 'unix-epoch'),
      ),
    }),
    disable_log_forwarded_for: flag('Access log: `-` in place of X-Forwarded-For.', false),
    disable_log_source_ip: flag("Access log: `-` in place of the client's address.", false),
    redact_query_params: complaining(
      choice(
        ['none', 'all', 'hash'],
        'Access log: whether queries are left out, or replaced by their hash.',
        'none',
      ),
      'Invalid query param redaction mode',
    ),
    extra_access_log_fields: texts('field names', 'Access log: fields that are added to every line.', []),
    enable_attempts_details: flag(
      'Older name for the fields about attempts in `extra_access_log_fields`.',
      false,
    ),
  }),
  access_log: z.object({
    file: text('File the access log is appended to; empty: none.', ''),
    enable_streaming: flag('Whether the access log goes to syslog.', false),
  }),
  extra_headers_to_log: texts('header names', 'Access log: request headers added to every line.', []),
};
