import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { parseTemplate } from '../../http/template/parse.ts';
import { type Template, TemplateFault } from '../../http/template/template.ts';
import { StartError } from './start-error.ts';

/** No page of words comes near. */
const MAX_BYTES = 1024 * 1024;

/** The page for errors of the router; `null` when there is no file. @throws {StartError} */
export function readErrorPage(path: string): Template | null {
  if (path === '') return null;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_BYTES)
      throw new StartError(`html_error_template_file ${path} is larger than 1 MiB`);
    return parseTemplate(bytes.toString('latin1'));
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (error instanceof TemplateFault) {
      throw new StartError(`html_error_template_file ${path}, line ${error.line}: ${error.message}`);
    }
    const { errno = 0 } = error as NodeJS.ErrnoException;
    const cause = `open ${path}: ${getSystemErrorMessage(errno)}`;
    throw new StartError(`Could not read HTML error template file: ${cause}`);
  }
}
