/** The part of the metadata API that shows what keys asked, as SDL. docs/usage.md */

export const USAGE_SDL = /* GraphQL */ `
  enum Api { REST_CORE REST_METADATA GRAPHQL_CORE GRAPHQL_METADATA }
  enum UsageGranularity { HOUR DAY }

  "What keys asked of the APIs, and how much of it failed; counts are whole, and may be beyond an Int"
  type ApiUsage {
    "The beginning of the first bucket"
    from: DateTime!
    to: DateTime!
    "Those that asked anything, who asked most first"
    keys: [ApiKeyUsage!]!
  }
  type ApiKeyUsage {
    id: UUID!
    name: String!
    revokedAt: DateTime
    requests: Float!
    "Of the requests, those that were refused: 4xx in REST, and the like in GraphQL"
    clientErrors: Float!
    "Of the requests, those that failed for the server's part: 5xx in REST, and the like in GraphQL"
    serverErrors: Float!
    "Hours or days in which it asked anything, the first first"
    buckets: [UsageBucket!]!
    apis: [UsageOfApi!]!
  }
  type UsageBucket { start: DateTime!, requests: Float!, clientErrors: Float!, serverErrors: Float! }
  type UsageOfApi { api: Api!, requests: Float!, clientErrors: Float!, serverErrors: Float! }

  input ApiUsageInput {
    "Counted from the beginning of its hour or day; a day before to, unless given"
    from: DateTime
    "The first moment that doesn't count any more; now, unless given"
    to: DateTime
    granularity: UsageGranularity! = HOUR
    "In which days begin: an IANA name"
    timeZone: String! = "UTC"
    apiKeyId: UUID
    api: Api
  }

  extend type Query {
    "Takes a role with the permission API_KEYS_AND_WEBHOOKS"
    apiUsage(input: ApiUsageInput! = {}): ApiUsage!
  }
`;
