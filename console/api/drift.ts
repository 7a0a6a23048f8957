/** Drift: tables that were changed directly in the database. Adopting it changes the model, restoring it the tables. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type Drift = {
  place: string;
  what: string;
  kind: string;
  table: string;
  name: string;
  expected: string;
  actual: string | null;
  adopt: string | null;
  /** Null if the drift can be adopted. */
  whyNotAdopted: string | null;
  restore: string;
};

const DRIFT = /* GraphQL */ `
  query ModelDrift {
    modelDrift { place what kind table name expected actual adopt whyNotAdopted restore }
  }
`;
const ADOPT = /* GraphQL */ `
  mutation AdoptDrift($allowDataLoss: Boolean!) {
    adoptDrift(allowDataLoss: $allowDataLoss) { place }
  }
`;
const RESTORE = /* GraphQL */ `
  mutation RestoreDrift($allowDataLoss: Boolean!) {
    restoreDrift(allowDataLoss: $allowDataLoss) { place }
  }
`;

export const driftQuery = queryOptions({
  queryKey: ['drift'],
  queryFn: async ({ signal }) =>
    (await graphql<{ modelDrift: Drift[] }>('/metadata', DRIFT, {}, { signal })).modelDrift,
});

export const adoptDrift = (allowDataLoss: boolean) => graphql('/metadata', ADOPT, { allowDataLoss });
export const restoreDrift = (allowDataLoss: boolean) => graphql('/metadata', RESTORE, { allowDataLoss });
