import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { Command } from './arguments.ts';
import { helpText } from './help.ts';
import type { UsageError } from './usage-error.ts';
import { versionText } from './version.ts';

/** Runs a command to its end; resolves with the exit code. Imports what only one command needs when it runs. */
export async function dispatch(command: Command | UsageError): Promise<number> {
  switch (command.kind) {
    case 'run': {
      const { run } = await import('./run.ts');
      return run(command);
    }
    case 'tcp': {
      const { runTcp } = await import('./run-tcp.ts');
      return runTcp(command);
    }
    case 'tcp-check': {
      const { checkTcp } = await import('./check.ts');
      return checkTcp(command, { out: (text) => process.stdout.write(text), error: printError });
    }
    case 'register': {
      const { register } = await import('./register.ts');
      // With the reader gone (`cellgate register … | head -1`) the routes must still be taken back.
      on(process.stdout, 'error', ONE_MESSAGE, () => {});
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
        once(process, signal, ONE_MESSAGE, () => stop.abort());
      }
      return register(command, stop.signal, { out: printLine, error: printError });
    }
    case 'agent': {
      const { runAgent } = await import('./agent.ts');
      return runAgent(command);
    }
    case 'agent-order':
    case 'agent-status': {
      const { orderAgent } = await import('./agent-order.ts');
      return orderAgent(command, { out: (text) => process.stdout.write(text), error: printError });
    }
    case 'check': {
      const { check } = await import('./check.ts');
      return check(command, { out: (text) => process.stdout.write(text), error: printError });
    }
    case 'routers': {
      const { routers } = await import('./routers.ts');
      const output = { out: (text: string) => process.stdout.write(text), error: printError };
      return routers(command.address, command.json, output);
    }
    case 'table-export': {
      // A reader that is gone is found by whoever writes.
      on(process.stdout, 'error', ONE_MESSAGE, () => {});
      const { tableExport } = await import('./table-export.ts');
      return tableExport(command, { out: process.stdout, terminal: process.stderr, error: printError });
    }
    case 'table-import': {
      const { tableImport } = await import('./table-import.ts');
      return tableImport(command, { out: (text) => process.stdout.write(text), error: printError });
    }
    case 'table-diff': {
      on(process.stdout, 'error', ONE_MESSAGE, () => {});
      const { tableDiffCommand } = await import('./table-diff-command.ts');
      return tableDiffCommand(command, { out: process.stdout, terminal: process.stderr, error: printError });
    }
    case 'split': {
      const { split } = await import('./split.ts');
      return split(command, { out: (text: string) => process.stdout.write(text), error: printError });
    }
    case 'cutover': {
      on(process.stdout, 'error', ONE_MESSAGE, () => {});
      const { cutover } = await import('./cutover.ts');
      return cutover(command, { out: process.stdout, error: printError });
    }
    case 'endpoint': {
      const { endpoint } = await import('./endpoint.ts');
      return endpoint(command, { out: (text: string) => process.stdout.write(text), error: printError });
    }
    case 'explain': {
      const { explain } = await import('./explain.ts');
      return explain(command, { out: (text: string) => process.stdout.write(text), error: printError });
    }
    case 'debug-token': {
      const { debugToken } = await import('./debug-token.ts');
      return debugToken(command, { out: (text: string) => process.stdout.write(text), error: printError });
    }
    case 'show': {
      on(process.stdout, 'error', ONE_MESSAGE, () => process.exit(0));
      const { show } = await import('./show.ts');
      return show(command, { out: process.stdout, error: printError });
    }
    case 'tap': {
      on(process.stdout, 'error', ONE_MESSAGE, () => process.exit(0));
      const { tap } = await import('./tap.ts');
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM']) once(process, signal, ONE_MESSAGE, () => stop.abort());
      return tap(command, stop.signal, { out: process.stdout, error: printError });
    }
    case 'wait-route': {
      const { waitRoute } = await import('./wait-route.ts');
      return waitRoute(command, { out: (text: string) => process.stdout.write(text), error: printError });
    }
    case 'health': {
      const { health } = await import('./health.ts');
      return health(command, { out: (text: string) => process.stdout.write(text), error: printError });
    }
    case 'help':
      process.stdout.write(helpText(command.of));
      return 0;
    case 'version':
      process.stdout.write(versionText());
      return 0;
    case 'usage-error':
      printError(
        `${command.message}, see "cellgate ${command.command === undefined ? '--help' : `help ${command.command}`}"`,
      );
      return command.exitCode ?? 1;
  }
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printError(line: string): void {
  process.stderr.write(`cellgate: ${line}\n`);
}
