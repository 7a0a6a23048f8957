/** API keys. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type ApiKey = {
  id: string;
  name: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  createdAt: string;
  role: { id: string; label: string } | null;
};

const API_KEYS = /* GraphQL */ `
  query ApiKeys {
    apiKeys { id name expiresAt lastUsedAt createdAt role { id label } }
  }
`;
const CREATE_API_KEY = /* GraphQL */ `
  mutation CreateApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { id }
  }
`;
const GENERATE_API_KEY_TOKEN = /* GraphQL */ `
  mutation GenerateApiKeyToken($apiKeyId: UUID!, $expiresAt: String!) {
    generateApiKeyToken(apiKeyId: $apiKeyId, expiresAt: $expiresAt) { token }
  }
`;
const REVOKE_API_KEY = /* GraphQL */ `
  mutation RevokeApiKey($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) { id }
  }
`;

export const apiKeysQuery = queryOptions({
  queryKey: ['apiKeys'],
  queryFn: async ({ signal }) => (await graphql<{ apiKeys: ApiKey[] }>('/metadata', API_KEYS, {}, { signal })).apiKeys,
});

/** @returns the token, which no later request returns */
export async function createApiKey(input: { name: string; roleId: string; expiresAt: string }): Promise<string> {
  const { createApiKey: made } = await graphql<{ createApiKey: { id: string } }>('/metadata', CREATE_API_KEY, {
    input,
  });
  return generateToken(made.id, input.expiresAt);
}

export async function generateToken(apiKeyId: string, expiresAt: string): Promise<string> {
  const variables = { apiKeyId, expiresAt };
  const { generateApiKeyToken } = await graphql<{ generateApiKeyToken: { token: string } }>(
    '/metadata',
    GENERATE_API_KEY_TOKEN,
    variables,
  );
  return generateApiKeyToken.token;
}

export const revokeApiKey = (id: string) => graphql('/metadata', REVOKE_API_KEY, { input: { id } });
