/** The whole model as a document. Format: docs/model.md. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

const MODEL = /* GraphQL */ `
  query Model {
    model
  }
`;

export const modelDocumentQuery = queryOptions({
  queryKey: ['model'],
  queryFn: async ({ signal }) => (await graphql<{ model: unknown }>('/metadata', MODEL, {}, { signal })).model,
});
