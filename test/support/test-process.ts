/** A process of tests, whatever runs them: what they start sees the environment of whoever has started the run. */
const OF_THE_RUNNER =
  /^(?:VITEST(?:_\w+)?|TEST|NODE_ENV|NODE_COMPILE_CACHE|FORCE_TTY|DEV|PROD|MODE|SSR|BASE_URL)$/;
for (const name of Object.keys(process.env)) if (OF_THE_RUNNER.test(name)) delete process.env[name];

// The runner ends it with this signal; what is to be done at its end, as stopping what it has started, is done then.
if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit());
