/** Export and import of an object's records, as the document describes them: bodies that are streams, not records. */

import { type ObjectType, typeName } from '../server/model/model.ts';
import { upperFirst } from '../server/model/names.ts';
import { reference, type Schema } from './components.ts';

type Transfer = {
  readonly kind: 'exportMany' | 'importMany' | 'findImport' | 'watchMany';
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly operation: { readonly operationId: string } & Schema;
};

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';

export function transfersOf(object: ObjectType): Transfer[] {
  const { namePlural, labelPlural } = object;
  const type = typeName(object);
  const Plural = upperFirst(namePlural);
  const line = {
    description:
      'A line of JSON for each record. As CSV: a first line with the names of the columns, and a row for each',
  };
  return [
    {
      kind: 'exportMany',
      method: 'get',
      path: `/${namePlural}/export`,
      operation: {
        tags: [namePlural],
        operationId: `exportMany${Plural}`,
        summary: `Export all ${labelPlural} that a filter finds, of one moment, as a stream`,
        parameters: [FORMAT, ...['filter', 'orderBy', 'fields'].map(parameter)],
        responses: {
          '200': {
            description: 'The file. One that ends without the last chunk of its body was broken off by an error',
            content: {
              [NDJSON]: { schema: { type: 'string', ...line }, 'x-line': reference(`${type}ForResponse`) },
              [CSV]: { schema: { type: 'string' } },
            },
          },
          ...refusals('400', '401', '403', '429', '5XX'),
        },
      },
    },
    {
      kind: 'watchMany',
      method: 'get',
      path: `/${namePlural}/changes`,
      operation: {
        tags: [namePlural],
        operationId: `watchMany${Plural}`,
        summary: `Changes of ${labelPlural} as they come, as server-sent events`,
        parameters: [
          {
            name: 'since',
            in: 'query',
            description: 'The id of an event: what came after it is sent first. `Last-Event-ID` says the same',
            schema: { type: 'string', pattern: '^[0-9]{1,18}$' },
          },
        ],
        responses: {
          '200': {
            description:
              'Events `created`, `updated`, `deleted`, `restored`, `destroyed`; `ready`, `gap` and `end` are of the stream',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...refusals('400', '401', '403', '429', '5XX'),
        },
      },
    },
    {
      kind: 'importMany',
      method: 'post',
      path: `/${namePlural}/import`,
      operation: {
        tags: [namePlural],
        operationId: `importMany${Plural}`,
        summary: `Import ${labelPlural} from a file of any size, as a stream`,
        description:
          'Records that are refused are named by their lines; the others are written. The same file sent again with the same `import` goes on after what is there.',
        parameters: [IMPORT, parameter('upsert')],
        requestBody: {
          required: true,
          content: {
            [NDJSON]: { schema: { type: 'string', ...line }, 'x-line': reference(type) },
            [CSV]: { schema: { type: 'string' } },
          },
        },
        responses: {
          '200': {
            description: 'Lines of JSON while the import goes on, the last one of `event` `done` or `failed`',
            headers: {
              'X-Plinth-Import': { description: 'Id of the import', schema: { type: 'string', format: 'uuid' } },
            },
            content: { [NDJSON]: { schema: { type: 'string' }, 'x-line': EVENT } },
          },
          ...refusals('400', '401', '403', '409', '415', '429', '5XX'),
        },
      },
    },
    {
      kind: 'findImport',
      method: 'get',
      path: `/${namePlural}/import`,
      operation: {
        tags: [namePlural],
        operationId: `findImportOf${Plural}`,
        summary: `How far an import of ${labelPlural} is`,
        parameters: [{ ...IMPORT, description: 'Id of the import', required: true }],
        responses: {
          '200': {
            description: 'Done',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { data: { type: 'object', properties: { import: STATE }, required: ['import'] } },
                  required: ['data'],
                },
              },
            },
          },
          ...refusals('400', '401', '403', '404', '429', '5XX'),
        },
      },
    },
  ];
}

const FORMAT = {
  name: 'format',
  in: 'query',
  description: 'Lines of JSON, or CSV with the names of the columns in its first line',
  schema: { type: 'string', enum: ['ndjson', 'csv'], default: 'ndjson' },
};

const IMPORT = {
  name: 'import',
  in: 'query',
  description:
    'Id of the import; one is made where none is given. To go on with it, send the same file with the same id',
  schema: { type: 'string', format: 'uuid' },
};

const COUNTS = {
  line: { type: 'integer', description: 'Last line of the file that is done with' },
  created: { type: 'integer' },
  updated: { type: 'integer' },
  refused: { type: 'integer' },
};

const EVENT = {
  type: 'object',
  properties: {
    event: { type: 'string', enum: ['started', 'refused', 'progress', 'done', 'failed'] },
    import: { type: 'string', format: 'uuid' },
    ...COUNTS,
    message: { type: 'string', description: 'Why a record was refused, or why the import failed' },
    statusCode: { type: 'integer', description: 'Of what failed' },
    untold: { type: 'integer', description: 'Refused records that no line names' },
  },
  required: ['event'],
};

const STATE = {
  type: 'object',
  properties: {
    id: { type: 'string', format: 'uuid' },
    objectName: { type: 'string' },
    format: FORMAT.schema,
    upsert: { type: 'boolean' },
    isDone: { type: 'boolean' },
    ...COUNTS,
    createdAt: { type: 'string', format: 'date-time' },
    updatedAt: { type: 'string', format: 'date-time' },
  },
};

function parameter(name: string): Schema {
  return { $ref: `#/components/parameters/${name}` };
}

function refusals(...statuses: string[]): Schema {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${status}` }]));
}
