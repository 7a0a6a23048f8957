/** The OpenAPI document of the metadata REST API: the same for every workspace. Contract: metadata.md 3. */

import type { GraphQLSchema } from 'postgraphile/grafast/graphql';
import { modelDocumentSchema } from '../server/model/document/document.ts';
import { BASE_RESPONSES, PAGE_INFO, reference, SECURITY_SCHEMES } from './components.ts';
import { inputSchema } from './input-schema.ts';
import { accessPaths, ROLE_PARTS } from './metadata-access.ts';
import { METADATA_ANSWERS } from './metadata-answers.ts';
import { modelPaths } from './metadata-model.ts';
import { answers, bodyOf, DRY_RUN, HEADERS, ID, MET, PAGING, required, type Schema } from './metadata-operations.ts';

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
        { name: 'auditLogs', description: 'Who changed what; requires a role with the permission SECURITY' },
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
  return Object.fromEntries([...KINDS.flatMap((kind) => pathsOf(kind, isLegacy)), ...accessPaths(), ...modelPaths()]);
}

// Operations ---------------------------------------------------------------------------------------------------------

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
