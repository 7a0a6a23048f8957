/** The OpenAPI document of the metadata REST API: the same for every workspace. Contract: metadata.md 3. */

import type { GraphQLSchema } from 'postgraphile/grafast/graphql';
import { modelDocumentSchema } from '../server/model/document.ts';
import { BASE_HEADERS, BASE_RESPONSES, COMMON_HEADERS, PAGE_INFO, reference, SECURITY_SCHEMES } from './components.ts';
import { inputSchema } from './input-schema.ts';
import { METADATA_ANSWERS } from './metadata-answers.ts';

type Schema = Readonly<Record<string, unknown>>;

/** A kind of metadata: how it is called, and of which GraphQL inputs its bodies are. */
type Kind = {
  readonly plural: string;
  readonly singular: string;
  readonly schema: string;
  readonly description: string;
  /** Null for members, who come in by invitations. */
  readonly create: string | null;
  readonly update: string | null;
  /** What creating answers, where that is another thing than reading: a secret is shown once. */
  readonly created?: string;
  /** Changes of the model have plans. */
  readonly isPlanned: boolean;
};

const KINDS: readonly Kind[] = [
  {
    plural: 'objects',
    singular: 'object',
    schema: 'Object',
    description: 'Kinds of records, each a table, with their fields',
    create: 'CreateObjectInput',
    update: 'UpdateObjectPayload',
    isPlanned: true,
  },
  {
    plural: 'fields',
    singular: 'field',
    schema: 'Field',
    description: 'Properties of records, and relations between them',
    create: 'CreateFieldInput',
    update: 'UpdateFieldInput',
    isPlanned: true,
  },
  {
    plural: 'indexes',
    singular: 'index',
    schema: 'Index',
    description: 'Indexes of tables: those that were asked for, and those that fields bring along',
    create: 'CreateIndexInput',
    update: null,
    isPlanned: true,
  },
  {
    plural: 'apiKeys',
    singular: 'apiKey',
    schema: 'ApiKey',
    description: 'Who may use the workspace; deleting a key revokes it',
    create: 'CreateApiKeyInput',
    update: 'UpdateApiKeyPayload',
    isPlanned: false,
  },
  {
    plural: 'webhooks',
    singular: 'webhook',
    schema: 'Webhook',
    description: 'Who is told of changed records, and what they were told',
    create: 'CreateWebhookInput',
    update: 'UpdateWebhookPayload',
    isPlanned: false,
  },
  {
    plural: 'roles',
    singular: 'role',
    schema: 'Role',
    description: 'What keys and members may do: each role is a Postgres role, and its permissions are grants',
    create: 'CreateRoleInput',
    update: 'UpdateRolePayload',
    isPlanned: false,
  },
  {
    plural: 'workspaceMembers',
    singular: 'workspaceMember',
    schema: 'WorkspaceMember',
    description: 'People of the workspace, and what they are; deleting one removes them from it',
    create: null,
    update: 'UpdateWorkspaceMemberInput',
    isPlanned: false,
  },
  {
    plural: 'invitations',
    singular: 'invitation',
    schema: 'Invitation',
    description: 'Links by which people come in',
    create: 'CreateInvitationInput',
    created: 'NewInvitationForResponse',
    update: null,
    isPlanned: false,
  },
];

export type MetadataDocumentOptions = {
  readonly publicUrl: string;
  /** Without a valid key, only the skeleton is shown. */
  readonly isComplete: boolean;
  /** The older envelope, with `data` around everything (REST_METADATA_FORMAT). */
  readonly isLegacy: boolean;
  /** Of the metadata API: a body is the input of the mutation that does the same. */
  readonly types: GraphQLSchema;
};

export function metadataDocument({ publicUrl, isComplete, isLegacy, types }: MetadataDocumentOptions) {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Plinth metadata API',
      version: 'v0.1',
      description:
        'The data model of your workspace: objects, fields, relations, indexes, API keys, webhooks, roles and members.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${publicUrl}/rest/metadata`, description: 'This server' }],
    security: [{ bearerAuth: [] }],
    ...(isComplete && {
      tags: [
        ...KINDS.map(({ plural, description }) => ({ name: plural, description })),
        { name: 'workspace', description: 'Settings of the workspace' },
        { name: 'auditLogs', description: 'Who changed what; takes a role with the permission SECURITY' },
        { name: 'model', description: 'The whole model as a document, and where tables were changed by hand under it' },
      ],
    }),
    paths: isComplete ? completePaths(isLegacy) : SKELETON,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      ...(isComplete && {
        headers: HEADERS,
        responses: Object.fromEntries(MET.map((status) => [status, BASE_RESPONSES[status]])),
        schemas: {
          ...Object.fromEntries(
            KINDS.flatMap(({ schema, create, update }) => [
              ...(create ? [[schema, inputSchema(types, create)]] : []),
              ...(update ? [[`${schema}ForUpdate`, inputSchema(types, update)]] : []),
            ]),
          ),
          Redelivery: inputSchema(types, 'RedeliverWebhookInput'),
          ApiKeyToken: inputSchema(types, 'GenerateApiKeyTokenInput'),
          ...Object.fromEntries(
            Object.values(ROLE_PARTS).map(([schema]) => [
              `${schema}s`,
              withoutRole(inputSchema(types, `Upsert${schema}sInput`)),
            ]),
          ),
          WorkspaceForUpdate: inputSchema(types, 'UpdateWorkspaceInput'),
          Model: modelSchema(),
          ...METADATA_ANSWERS,
        },
      }),
    },
  };
}

/** The path says which role it is. */
function withoutRole(schema: Schema): Schema {
  const { roleId: _role, ...properties } = schema.properties as Record<string, unknown>;
  return { ...schema, properties, required: Object.keys(properties) };
}

/** The model's own schema, whose references are read from the root of this document. */
function modelSchema(): Schema {
  const { $schema: _dialect, ...schema } = modelDocumentSchema() as Record<string, unknown>;
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/Model/$defs/'));
}

/** What requests of metadata may meet; conditions and idempotency are for records. */
const MET = ['400', '401', '403', '404', '409', '413', '415', '429', '5XX'] as const;

const { RequestId, RateLimitLimit, RateLimitRemaining, RateLimitReset, RetryAfter } = BASE_HEADERS;
const HEADERS = { RequestId, RateLimitLimit, RateLimitRemaining, RateLimitReset, RetryAfter };

const SKELETON: Record<string, Schema> = {
  '/open-api/metadata': {
    get: {
      operationId: 'getMetadataDocument',
      summary: 'This document',
      responses: { 200: { description: 'The document' } },
    },
  },
};

function completePaths(isLegacy: boolean): Record<string, Schema> {
  return Object.fromEntries([
    ...KINDS.flatMap((kind) => pathsOf(kind, isLegacy)),
    ...tokenPaths(),
    ...deliveryPaths(),
    ...rolePartPaths(),
    ...peoplePaths(),
    ...workspacePaths(),
    ...modelPaths(),
    ...driftPaths(),
    ...unservedPaths(),
    ...jobPaths(),
    ...usagePaths(),
    ...auditPaths(),
  ]);
}

// Operations -----------------------------------------------------------------------------------------------------------

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const bodyOf = (schema: string) => ({ required: true, ...json(reference(schema)) });
const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
const REFUSALS = Object.fromEntries(MET.map((status) => [status, { $ref: `#/components/responses/${status}` }]));
const PAGING = [
  {
    name: 'limit',
    in: 'query',
    description: 'How many a page has at most; more than 200 are 200',
    schema: { type: 'integer', minimum: 0, default: 60 },
  },
  {
    name: 'starting_after',
    in: 'query',
    description: 'Id of the item before the page',
    schema: { type: 'string', format: 'uuid' },
  },
  {
    name: 'ending_before',
    in: 'query',
    description: 'Id of the item after the page',
    schema: { type: 'string', format: 'uuid' },
  },
];
const DRY_RUN = {
  name: 'dry_run',
  in: 'query',
  description: 'true: answer what the change would do (200, a plan), and change nothing',
  schema: { type: 'boolean', default: false },
};

const ALLOW_DATA_LOSS = {
  name: 'allow_data_loss',
  in: 'query',
  description: 'true: also where that destroys records or values; else it is refused with 409, and they are counted',
  schema: { type: 'boolean', default: false },
};

function answers(status: number, description: string, schema: object) {
  return { [status]: { description, headers: COMMON_HEADERS, ...json(schema) }, ...REFUSALS };
}

function pathsOf(kind: Kind, isLegacy: boolean): [string, Schema][] {
  const { plural, singular, schema, create, created, update, isPlanned } = kind;
  const tags = [plural];
  const wrapped = (key: string, value: object) => (isLegacy ? required({ data: required({ [key]: value }) }) : value);
  const one = reference(`${schema}ForResponse`);
  const dryRun = isPlanned ? [DRY_RUN] : [];
  const done = (verb: string) => {
    const answer = wrapped(`${verb}One${schema}`, one);
    return isPlanned ? { anyOf: [answer, reference('Plan')] } : answer;
  };
  const list = { type: 'array', items: one };
  const page = required({
    data: isLegacy ? required({ [plural]: list }) : list,
    pageInfo: PAGE_INFO,
    totalCount: { type: 'integer' },
  });
  return [
    [
      `/${plural}`,
      {
        get: {
          tags,
          operationId: `findMany${upperPlural(kind)}`,
          summary: `List ${plural}, in the order of their ids`,
          parameters: PAGING,
          responses: answers(200, 'A page', page),
        },
        ...(create && {
          post: {
            tags,
            operationId: `createOne${schema}`,
            summary: `Create one of the ${plural}`,
            parameters: dryRun,
            requestBody: bodyOf(schema),
            responses: {
              ...(isPlanned && answers(200, 'The plan, of a dry run', reference('Plan'))),
              ...answers(201, 'The created one', wrapped(`createOne${schema}`, created ? reference(created) : one)),
            },
          },
        }),
      },
    ],
    [
      `/${plural}/{id}`,
      {
        get: {
          tags,
          operationId: `findOne${schema}`,
          summary: `Read one of the ${plural}`,
          parameters: [ID],
          responses: answers(200, 'The one', wrapped(singular, one)),
        },
        ...(update && {
          patch: {
            tags,
            operationId: `updateOne${schema}`,
            summary: `Change one of the ${plural}`,
            parameters: [ID, ...dryRun],
            requestBody: bodyOf(`${schema}ForUpdate`),
            responses: answers(200, 'The changed one, or the plan of a dry run', done('update')),
          },
        }),
        delete: {
          tags,
          operationId: `deleteOne${schema}`,
          summary: `Delete one of the ${plural}`,
          parameters: [ID, ...dryRun],
          responses: answers(200, 'The deleted one, or the plan of a dry run', done('delete')),
        },
      },
    ],
  ];
}

function upperPlural({ plural }: Kind): string {
  return plural.charAt(0).toUpperCase() + plural.slice(1);
}

function required(properties: Readonly<Record<string, object>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

function tokenPaths(): [string, Schema][] {
  return [
    [
      '/apiKeys/{id}/tokens',
      {
        post: {
          tags: ['apiKeys'],
          operationId: 'createOneApiKeyToken',
          summary: 'Make a token of an API key, which is shown only here',
          parameters: [ID],
          requestBody: json(reference('ApiKeyToken')),
          responses: answers(201, 'The token', required({ token: { type: 'string' } })),
        },
      },
    ],
  ];
}

function deliveryPaths(): [string, Schema][] {
  const tags = ['webhooks'];
  const delivery = reference('WebhookDelivery');
  const filter = (name: string, schema: object) => ({ name, in: 'query', schema });
  return [
    [
      '/webhooks/{id}/deliveries',
      {
        get: {
          tags,
          operationId: 'findManyWebhookDeliveries',
          summary: 'List what a webhook was told, or is to be told, the newest first',
          parameters: [
            ID,
            ...PAGING,
            filter('state', { enum: ['pending', 'delivered', 'failed'] }),
            filter('eventName', { type: 'string' }),
            filter('recordId', { type: 'string' }),
            filter('from', { type: 'string', format: 'date-time' }),
            filter('to', { type: 'string', format: 'date-time' }),
          ],
          responses: answers(
            200,
            'A page',
            required({
              data: { type: 'array', items: delivery },
              pageInfo: PAGE_INFO,
              totalCount: { type: 'integer' },
            }),
          ),
        },
      },
    ],
    [
      '/webhooks/{id}/test',
      {
        post: {
          tags,
          operationId: 'testOneWebhook',
          summary: 'Send an event of nothing, to see whether it arrives',
          parameters: [ID],
          responses: answers(201, 'The delivery, which is on its way', delivery),
        },
      },
    ],
    [
      '/webhooks/{id}/redeliver',
      {
        post: {
          tags,
          operationId: 'redeliverMany',
          summary: 'Send all of a time again',
          parameters: [ID],
          requestBody: bodyOf('Redelivery'),
          responses: answers(200, 'How many', required({ count: { type: 'integer' } })),
        },
      },
    ],
    [
      '/webhookDeliveries/{id}',
      {
        get: {
          tags,
          operationId: 'findOneWebhookDelivery',
          summary: 'Find one delivery by id',
          parameters: [ID],
          responses: answers(200, 'The delivery', delivery),
        },
      },
    ],
    [
      '/webhookDeliveries/{id}/redeliver',
      {
        post: {
          tags,
          operationId: 'redeliverOne',
          summary: 'Send one again',
          parameters: [ID],
          responses: answers(200, 'The delivery, which is on its way', delivery),
        },
      },
    ],
  ];
}

/** What a role may do, part by part. */
const ROLE_PARTS = {
  objectPermissions: ['ObjectPermission', 'What it may do with the records of some objects', 'Those that were given'],
  fieldPermissions: [
    'FieldPermission',
    'What it may do with some fields',
    'Those that were given, and the other ends of relations',
  ],
  rowRules: ['RowRule', 'Filters on the records that it is limited to, of some objects', 'Those that were given'],
  permissionFlags: ['PermissionFlag', 'All settings and tools that it may use', 'All of them'],
} as const;

function rolePartPaths(): [string, Schema][] {
  return Object.entries(ROLE_PARTS).map(([part, [schema, summary, description]]) => [
    `/roles/{id}/${part}`,
    {
      put: {
        tags: ['roles'],
        operationId: `set${schema}s`,
        summary,
        parameters: [ID],
        requestBody: bodyOf(`${schema}s`),
        responses: answers(
          200,
          description,
          required({ data: { type: 'array', items: reference(`${schema}ForResponse`) } }),
        ),
      },
    },
  ]);
}

function peoplePaths(): [string, Schema][] {
  return [
    [
      '/invitations/{id}/resend',
      {
        post: {
          tags: ['invitations'],
          operationId: 'resendOneInvitation',
          summary: 'Make another link of an invitation, in the place of the former one',
          parameters: [ID],
          responses: answers(201, 'The invitation with its link', reference('NewInvitationForResponse')),
        },
      },
    ],
    [
      '/currentUser',
      {
        get: {
          tags: ['workspaceMembers'],
          operationId: 'findCurrentUser',
          summary: 'Read who is signed in; API keys are nobody',
          responses: answers(200, 'The person', reference('UserForResponse')),
        },
      },
    ],
  ];
}

function workspacePaths(): [string, Schema][] {
  const answered = (description: string) => answers(200, description, reference('WorkspaceForResponse'));
  return [
    [
      '/workspace',
      {
        get: {
          tags: ['workspace'],
          operationId: 'findWorkspace',
          summary: 'Read the settings of the workspace',
          responses: answered('The workspace'),
        },
        patch: {
          tags: ['workspace'],
          operationId: 'updateWorkspace',
          summary: 'Change the settings of the workspace',
          requestBody: bodyOf('WorkspaceForUpdate'),
          responses: answered('The changed workspace'),
        },
      },
    ],
  ];
}

function modelPaths(): [string, Schema][] {
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

function usagePaths(): [string, Schema][] {
  const parameter = (name: string, description: string, schema: object) => ({ name, in: 'query', description, schema });
  const moment = { type: 'string', format: 'date-time' };
  return [
    [
      '/apiUsage',
      {
        get: {
          tags: ['apiKeys'],
          operationId: 'getApiUsage',
          summary: 'Count what keys asked of the APIs, by hours or days, and how much of it failed',
          parameters: [
            parameter('from', 'Counted from the beginning of its hour or day; a day before to, unless given', moment),
            parameter('to', 'The first moment that does not count any more; now, unless given', moment),
            parameter('granularity', 'At most 1,000 of them', { enum: ['HOUR', 'DAY'], default: 'HOUR' }),
            parameter('timeZone', 'In which days begin: an IANA name', { type: 'string', default: 'UTC' }),
            parameter('apiKeyId', 'Of one key alone', { type: 'string', format: 'uuid' }),
            parameter('api', 'Of one API alone', {
              enum: ['REST_CORE', 'REST_METADATA', 'GRAPHQL_CORE', 'GRAPHQL_METADATA'],
            }),
          ],
          responses: answers(
            200,
            'Keys that asked anything, who asked most first; hours or days in which they asked nothing are left out',
            required({ from: moment, to: moment, keys: { type: 'array', items: reference('ApiKeyUsage') } }),
          ),
        },
      },
    ],
  ];
}

function auditPaths(): [string, Schema][] {
  const filter = (name: string, description: string, format = {}) => {
    return { name, in: 'query', description, schema: { type: 'string', ...format } };
  };
  const moment = { format: 'date-time' };
  return [
    [
      '/auditLogs',
      {
        get: {
          tags: ['auditLogs'],
          operationId: 'findManyAuditLogs',
          summary: 'List who changed what of the workspace beside its records, the newest first',
          parameters: [
            ...PAGING,
            filter('action', 'What was done, as api_key.revoked'),
            filter('subjectType', 'The kind of what was changed, as api_key'),
            filter('subjectId', 'Which one'),
            filter('actorId', 'The key or member who did it', { format: 'uuid' }),
            filter('from', 'The first moment that counts', moment),
            filter('to', 'The first moment that does not count any more', moment),
          ],
          responses: answers(
            200,
            'A page',
            required({
              data: { type: 'array', items: reference('AuditLog') },
              pageInfo: PAGE_INFO,
              totalCount: { type: 'integer' },
            }),
          ),
        },
      },
    ],
  ];
}

const UNSERVED = required({
  table: { type: 'string' },
  column: { type: ['string', 'null'], description: 'Null where it is all of the table' },
  reason: { type: 'string' },
});

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
