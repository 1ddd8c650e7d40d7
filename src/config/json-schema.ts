import { z } from 'zod';
import { fields } from './schema/field.ts';
import { fileSchema } from './schema-file.ts';
import { fieldOf } from './schema-path.ts';

/** As Go writes durations; a first check for editors, the router's own knows the ranges too. */
const DURATION = '^[-+]?(?:0|(?:(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$';

const WORDS = ['yes', 'on', 'y', 'no', 'off', 'n'];

/** docs/gorouter.schema.json, for editors. Written by `npm run docs`. */
export function jsonSchemaText(): string {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any', override: describe });
  const about = { title: 'gorouter.yml, as Cellgate reads it' };
  return `${JSON.stringify({ ...about, ...schema }, null, 2)}\n`;
}

function describe({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  if (zodSchema instanceof z.ZodObject) requireWhatHasNoDefault(zodSchema, jsonSchema);
  const field = fields.get(zodSchema as z.ZodType);
  if (field === undefined) return;
  if (field.type === 'duration')
    replace(jsonSchema, { anyOf: [{ type: 'string', pattern: DURATION }, { const: 0 }] });
  else if (field.type === 'true or false')
    replace(jsonSchema, { anyOf: [{ type: 'boolean' }, { enum: WORDS }] });
  else if (field.type === 'integer') replace(jsonSchema, { type: 'integer' });
  else if (zodSchema instanceof z.ZodPipe && field.type.startsWith('one of')) {
    replace(jsonSchema, { type: 'string' });
  } else if (zodSchema instanceof z.ZodPipe) {
    const items: z.core.JSONSchema.BaseSchema = { type: 'string' };
    replace(jsonSchema, { anyOf: [items, { type: 'array', items }] });
  }
  jsonSchema.description = field.meaning;
  if (field.defaults.gorouter !== undefined) jsonSchema.default = field.defaults.gorouter as never;
}

function requireWhatHasNoDefault(schema: z.ZodObject, json: z.core.JSONSchema.BaseSchema): void {
  const required = Object.entries(schema.shape)
    .filter(([, below]) => {
      const field = fieldOf(below);
      return field !== null && field.derivedDefault === null && field.defaults.gorouter === undefined;
    })
    .map(([key]) => key);
  if (required.length > 0) json.required = required;
  else delete json.required;
}

function replace(json: z.core.JSONSchema.BaseSchema, by: z.core.JSONSchema.BaseSchema): void {
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, by);
}

if (import.meta.main) process.stdout.write(jsonSchemaText());
