/** Webhooks in the GraphQL metadata API: how each field of `webhooks-sdl.ts` is resolved. */

import type { RequestContext } from '../access/request-context.ts';
import { refuse } from '../errors.ts';
import {
  type DeliveryFilter,
  oneDelivery,
  redeliver,
  redeliverMany,
  testWebhook,
  webhookDeliveries,
} from '../events/deliveries.ts';
import {
  allWebhooks,
  changeWebhook,
  makeWebhook,
  oneWebhook,
  removeWebhook,
  type WebhookInput,
} from '../events/webhooks.ts';
import { type Paging, pageOfPaging } from '../store/paging.ts';
import { connectionOf } from './lists.ts';

type Id = { readonly id?: string | null; readonly input?: { readonly id: string } | null };
type Update = WebhookInput & { readonly id: string; readonly update?: WebhookInput | null };
type DeliveriesAsked = { readonly webhookId: string; readonly paging: Paging; readonly filter: DeliveryFilter };

export const webhookQueries = {
  webhooks: (_: unknown, _arguments: unknown, asker: RequestContext) => allWebhooks(asker),
  webhook: (_: unknown, asked: Id, asker: RequestContext) => oneWebhook(asker, idOf(asked)),
  webhookDelivery: (_: unknown, { id }: { id: string }, asker: RequestContext) => oneDelivery(asker, id),
  webhookDeliveries: async (_: unknown, { webhookId, paging, filter }: DeliveriesAsked, asker: RequestContext) => {
    const { deliveries, totalCount, ends } = await webhookDeliveries(asker, webhookId, pageOfPaging(paging), filter);
    return connectionOf(deliveries, totalCount, ends);
  },
};

export const webhookMutations = {
  createWebhook: (_: unknown, { input }: { input: WebhookInput }, asker: RequestContext) => makeWebhook(asker, input),
  updateWebhook: (_: unknown, { input: { id, update, ...beside } }: { input: Update }, asker: RequestContext) =>
    changeWebhook(asker, id, { ...beside, ...update }),
  deleteWebhook: async (_: unknown, asked: Id, asker: RequestContext) => {
    await removeWebhook(asker, idOf(asked));
    return true;
  },
  testWebhook: (_: unknown, { id }: { id: string }, asker: RequestContext) => testWebhook(asker, id),
  redeliverWebhookDelivery: (_: unknown, { id }: { id: string }, asker: RequestContext) => redeliver(asker, id),
  redeliverWebhookDeliveries: (
    _: unknown,
    { webhookId, input }: { webhookId: string; input: DeliveryFilter },
    asker: RequestContext,
  ) => redeliverMany(asker, webhookId, input),
};

function idOf({ id, input }: Id): string {
  const given = input?.id ?? id;
  if (given == null) throw refuse('BAD_REQUEST', 'id should not be empty');
  return given;
}
