/** Webhooks and their deliveries. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { type Connection, CURSOR_PAGES, pagingInput } from './connection.ts';
import { graphql } from './request.ts';

export type Webhook = {
  id: string;
  targetUrl: string;
  operations: string[];
  description: string | null;
  secret: string;
  isActive: boolean;
  disabledReason: string | null;
  failingSince: string | null;
  createdAt: string;
};
export type DeliveryState = 'pending' | 'delivered' | 'failed';
export type Delivery = {
  id: string;
  eventName: string;
  recordId: string | null;
  state: DeliveryState;
  attempts: number;
  nextAttemptAt: string | null;
  lastAttemptAt: string | null;
  payload: string | null;
  requestHeaders: Record<string, string> | null;
  latencyMs: number | null;
  responseStatus: number | null;
  responseBody: string | null;
  error: string | null;
  createdAt: string;
};

const WEBHOOKS = /* GraphQL */ `
  query Webhooks {
    webhooks { id targetUrl operations description secret isActive disabledReason failingSince createdAt }
  }
`;
const CREATE_WEBHOOK = /* GraphQL */ `
  mutation CreateWebhook($input: CreateWebhookInput!) {
    createWebhook(input: $input) { id }
  }
`;
const UPDATE_WEBHOOK = /* GraphQL */ `
  mutation UpdateWebhook($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) { id }
  }
`;
const DELETE_WEBHOOK = /* GraphQL */ `
  mutation DeleteWebhook($input: DeleteWebhookInput!) {
    deleteWebhook(input: $input)
  }
`;
const DELIVERIES = /* GraphQL */ `
  query WebhookDeliveries($webhookId: UUID!, $paging: CursorPaging!, $filter: WebhookDeliveryFilter!) {
    webhookDeliveries(webhookId: $webhookId, paging: $paging, filter: $filter) {
      edges {
        node {
          id eventName recordId state attempts nextAttemptAt lastAttemptAt payload requestHeaders latencyMs
          responseStatus responseBody error createdAt
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const TEST_WEBHOOK = /* GraphQL */ `
  mutation TestWebhook($id: UUID!) {
    testWebhook(id: $id) { id state }
  }
`;
const REDELIVER = /* GraphQL */ `
  mutation RedeliverWebhookDelivery($id: UUID!) {
    redeliverWebhookDelivery(id: $id) { id state }
  }
`;
const REDELIVER_MANY = /* GraphQL */ `
  mutation RedeliverWebhookDeliveries($webhookId: UUID!, $input: RedeliverWebhookInput!) {
    redeliverWebhookDeliveries(webhookId: $webhookId, input: $input)
  }
`;

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async ({ signal }) =>
    (await graphql<{ webhooks: Webhook[] }>('/metadata', WEBHOOKS, {}, { signal })).webhooks,
});

export type WebhookInput = { targetUrl: string; operations: string[]; description: string; secret?: string };

export const createWebhook = (input: WebhookInput) => graphql('/metadata', CREATE_WEBHOOK, { input });
export const updateWebhook = (id: string, update: WebhookInput) =>
  graphql('/metadata', UPDATE_WEBHOOK, { input: { id, update } });
export const deleteWebhook = (id: string) => graphql('/metadata', DELETE_WEBHOOK, { input: { id } });
export const testWebhook = (id: string) => graphql('/metadata', TEST_WEBHOOK, { id });
export const redeliver = (id: string) => graphql('/metadata', REDELIVER, { id });

/** `from` and `to` are ISO 8601. */
export type Range = { from: string; to: string; state?: DeliveryState };

/** @returns the number of deliveries that are sent again */
export const redeliverMany = async (webhookId: string, input: Range) =>
  (await graphql<{ redeliverWebhookDeliveries: number }>('/metadata', REDELIVER_MANY, { webhookId, input }))
    .redeliverWebhookDeliveries;

const PAGE_SIZE = 25;
// How often a list with pending deliveries is loaded again.
const WHILE_PENDING_MS = 2_000;

export const deliveriesQuery = (webhookId: string, state: DeliveryState | null) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', webhookId, state],
    queryFn: async ({ pageParam, signal }) => {
      const variables = { webhookId, paging: pagingInput(PAGE_SIZE, pageParam), filter: state ? { state } : {} };
      type Data = { webhookDeliveries: Connection<Delivery> };
      return (await graphql<Data>('/metadata', DELIVERIES, variables, { signal })).webhookDeliveries;
    },
    ...CURSOR_PAGES,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ edges }) => edges.some(({ node }) => node.state === 'pending')) ? WHILE_PENDING_MS : false,
  });
