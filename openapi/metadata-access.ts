/**
 * Operations of the metadata API on who may do what, and on what they did: keys, webhooks, roles, people, the
 * workspace. Contract: metadata.md 3.
 */

import { PAGE_INFO, reference } from './components.ts';
import { answers, bodyOf, ID, json, PAGING, required, type Schema } from './metadata-operations.ts';

/** What a role may do, part by part. */
export const ROLE_PARTS = {
  objectPermissions: ['ObjectPermission', 'What it may do with the records of some objects', 'Those that were given'],
  fieldPermissions: [
    'FieldPermission',
    'What it may do with some fields',
    'Those that were given, and the other ends of relations',
  ],
  rowRules: ['RowRule', 'Filters on the records that it is limited to, of some objects', 'Those that were given'],
  permissionFlags: ['PermissionFlag', 'All settings and tools that it may use', 'All of them'],
} as const;

/** All of them, each with its path. */
export function accessPaths(): [string, Schema][] {
  return [
    ...tokenPaths(),
    ...deliveryPaths(),
    ...rolePartPaths(),
    ...peoplePaths(),
    ...workspacePaths(),
    ...usagePaths(),
    ...auditPaths(),
  ];
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
            parameter('to', 'The end of the period, exclusive; now, unless given', moment),
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
            filter('to', 'The end of the period, exclusive', moment),
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
