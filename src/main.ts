import { parseArguments } from './cli/arguments.ts';
import { dispatch } from './cli/dispatch.ts';

process.exit(await dispatch(parseArguments(process.argv.slice(2))));
