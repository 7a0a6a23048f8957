/** Operations of the metadata API on the model as a whole: its document, drift, what is not served, background work. */

import { COMMON_HEADERS, reference } from './components.ts';
import { ALLOW_DATA_LOSS, answers, bodyOf, DRY_RUN, REFUSALS, required, type Schema } from './metadata-operations.ts';

const UNSERVED = required({
  table: { type: 'string' },
  column: { type: ['string', 'null'], description: 'Null where it is all of the table' },
  reason: { type: 'string' },
});

const MODEL_JOB = required({
  id: { type: 'string', format: 'uuid' },
  kind: {
    enum: ['make', 'validate', 'fill', 'require'],
    description: 'An index made, a constraint validated, a column filled, or required to have values',
  },
  name: { type: 'string', description: 'Of the index, the constraint or the column, when it was planned' },
  state: { enum: ['waiting', 'running', 'done', 'failed'] },
  attempts: { type: 'integer' },
  error: { type: ['string', 'null'], description: 'Why it failed, or is tried again' },
  createdAt: { type: 'string', format: 'date-time' },
  updatedAt: { type: 'string', format: 'date-time' },
});

/** All of them, each with its path. */
export function modelPaths(): [string, Schema][] {
  return [...documentPaths(), ...driftPaths(), ...unservedPaths(), ...jobPaths()];
}

function documentPaths(): [string, Schema][] {
  const tags = ['model'];
  return [
    [
      '/model',
      {
        get: {
          tags,
          operationId: 'findModel',
          summary: 'Read the whole model as a document',
          responses: answers(200, 'The document', reference('Model')),
        },
        put: {
          tags,
          operationId: 'applyModel',
          summary: 'Make the model what the document says',
          parameters: [DRY_RUN, ALLOW_DATA_LOSS],
          requestBody: bodyOf('Model'),
          responses: answers(200, 'The document of the model as it is then, or the plan of a dry run', {
            anyOf: [reference('Model'), reference('Plan')],
          }),
        },
      },
    ],
    [
      '/model/schema',
      {
        get: {
          tags,
          operationId: 'findModelSchema',
          summary: 'Read the JSON Schema of the document',
          responses: {
            200: {
              description: 'The schema',
              headers: COMMON_HEADERS,
              content: { 'application/schema+json': { schema: { type: 'object', additionalProperties: true } } },
            },
            ...REFUSALS,
          },
        },
      },
    ],
  ];
}

function driftPaths(): [string, Schema][] {
  const list = required({ data: { type: 'array', items: reference('Drift') } });
  const settling = (way: string, summary: string): [string, Schema] => [
    `/drift/${way}`,
    {
      post: {
        tags: ['model'],
        operationId: `${way}Drift`,
        summary,
        parameters: [DRY_RUN, ALLOW_DATA_LOSS],
        responses: answers(200, 'The drift that is left, or the plan of a dry run', {
          anyOf: [list, reference('Plan')],
        }),
      },
    },
  ];
  return [
    [
      '/drift',
      {
        get: {
          tags: ['model'],
          operationId: 'findDrift',
          summary: 'List where tables that the model describes were changed by hand',
          responses: answers(200, 'The drift', list),
        },
      },
    ],
    settling('adopt', 'Let the model follow the tables, where it can'),
    settling('restore', 'Let the tables follow the model again'),
  ];
}

function unservedPaths(): [string, Schema][] {
  return [
    [
      '/unserved',
      {
        get: {
          tags: ['model'],
          operationId: 'findUnserved',
          summary: 'List tables and columns of the schema that no API serves, with the reasons',
          responses: answers(200, 'Tables and columns', required({ data: { type: 'array', items: UNSERVED } })),
        },
      },
    ],
  ];
}

function jobPaths(): [string, Schema][] {
  return [
    [
      '/modelJobs',
      {
        get: {
          tags: ['model'],
          operationId: 'findModelJobs',
          summary: 'List what changes of the model left to be done while a big table is used, the newest first',
          responses: answers(200, 'Jobs', required({ data: { type: 'array', items: MODEL_JOB } })),
        },
      },
    ],
  ];
}
