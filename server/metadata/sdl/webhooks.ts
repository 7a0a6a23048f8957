/** What the schema of the metadata API says of webhooks. Contract: metadata.md 1.1, 1.3, 5. */

export const WEBHOOKS_SDL = /* GraphQL */ `
  type Webhook {
    id: UUID!
    targetUrl: String!
    "object.action, either of which may be *"
    operations: [String!]!
    description: String
    "What its deliveries are signed with"
    secret: String!
    "False where it was disabled, for its deliveries went on failing; an update enables it"
    isActive: Boolean!
    disabledAt: DateTime
    disabledReason: String
    "Since when no delivery has succeeded"
    failingSince: DateTime
    createdAt: DateTime!
    updatedAt: DateTime!
    deletedAt: DateTime
  }

  enum WebhookDeliveryState { pending delivered failed }
  type WebhookDelivery {
    id: UUID!
    webhookId: UUID!
    eventName: String!
    "Null for whoever may not read all records"
    recordId: String
    state: WebhookDeliveryState!
    attempts: Int!
    nextAttemptAt: DateTime
    lastAttemptAt: DateTime
    """
    As the last attempt sent it, or the first will, to the character: what the signatures are of. Null where the event is no longer kept, and
    for whoever may not read all records
    """
    payload: String
    "Of the last attempt, its signatures too; and so is what follows"
    requestHeaders: JSON
    latencyMs: Int
    responseStatus: Int
    "At most 4 KB of it"
    responseBody: String
    error: String
    createdAt: DateTime!
  }
  type WebhookDeliveryEdge { cursor: ConnectionCursor!, node: WebhookDelivery! }
  type WebhookDeliveryConnection { edges: [WebhookDeliveryEdge!]!, pageInfo: PageInfo!, totalCount: Int! }
  input WebhookDeliveryFilter { state: WebhookDeliveryState, eventName: String, recordId: String, from: DateTime, to: DateTime }

  input GetWebhookInput { id: UUID! }
  input DeleteWebhookInput { id: UUID! }
  input CreateWebhookInput {
    targetUrl: String!
    operations: [String!]! = ["*.*"]
    description: String
    "Made where none is given"
    secret: String
  }
  input UpdateWebhookPayload {
    targetUrl: String
    operations: [String!]
    description: String
    "A new one is made where it is empty"
    secret: String
  }
  "Either with what is to be changed beside the id, or in update"
  input UpdateWebhookInput {
    id: UUID!
    targetUrl: String
    operations: [String!]
    description: String
    secret: String
    update: UpdateWebhookPayload
  }
  input RedeliverWebhookInput { from: DateTime!, to: DateTime!, state: WebhookDeliveryState, eventName: String, recordId: String }

  extend type Query {
    webhooks: [Webhook!]!
    webhook(input: GetWebhookInput, id: UUID): Webhook
    webhookDelivery(id: UUID!): WebhookDelivery
    "The newest first"
    webhookDeliveries(webhookId: UUID!, paging: CursorPaging! = { first: 10 }, filter: WebhookDeliveryFilter! = {}): WebhookDeliveryConnection!
  }
  extend type Mutation {
    createWebhook(input: CreateWebhookInput!): Webhook!
    updateWebhook(input: UpdateWebhookInput!): Webhook
    deleteWebhook(input: DeleteWebhookInput, id: UUID): Boolean!
    "Sends an event of nothing, to see whether it arrives"
    testWebhook(id: UUID!): WebhookDelivery!
    redeliverWebhookDelivery(id: UUID!): WebhookDelivery!
    "Sends all of a time again; answers how many"
    redeliverWebhookDeliveries(webhookId: UUID!, input: RedeliverWebhookInput!): Int!
  }
`;
