/** Changes of the model: planning and applying them. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

/** A change: the name of a mutation and its input. */
export type ModelChange = { [Name in keyof typeof MUTATIONS]: { name: Name; input: object } }[keyof typeof MUTATIONS];

const MUTATIONS = {
  createOneObject: 'mutation ($input: CreateOneObjectInput!) { createOneObject(input: $input) { id } }',
  updateOneObject: 'mutation ($input: UpdateOneObjectInput!) { updateOneObject(input: $input) { id } }',
  deleteOneObject: 'mutation ($input: DeleteOneObjectInput!) { deleteOneObject(input: $input) { id } }',
  createOneField: 'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }',
  updateOneField: 'mutation ($input: UpdateOneFieldMetadataInput!) { updateOneField(input: $input) { id } }',
  deleteOneField: 'mutation ($input: DeleteOneFieldInput!) { deleteOneField(input: $input) { id } }',
  createOneIndex: 'mutation ($input: CreateOneIndexInput!) { createOneIndex(input: $input) { id } }',
  deleteOneIndex: 'mutation ($input: DeleteOneIndexInput!) { deleteOneIndex(input: $input) { id } }',
  applyModel: 'mutation ($input: ApplyModelInput!) { applyModel(input: $input) }',
} as const;

export type Plan = {
  losesData: boolean;
  statements: {
    sql: string;
    why: string;
    locks: { table: string; blocks: string }[];
    rewrites: boolean;
    isBackground: boolean;
    losses: { what: string; table: string; column: string | null; count: number | null }[];
  }[];
  schema: { breaking: string[]; dangerous: string[] };
};

const PLAN = /* GraphQL */ `
  query PlanModelChange($changes: [ModelChangeInput!]!) {
    planModelChange(changes: $changes) {
      losesData
      statements {
        sql why rewrites isBackground
        locks { table blocks }
        losses { what table column count }
      }
      schema { breaking dangerous }
    }
  }
`;

/** @throws ApiError with all mistakes of the change */
export const planQuery = (change: ModelChange) =>
  queryOptions({
    queryKey: ['plan', change],
    queryFn: async ({ signal }) => {
      const variables = { changes: [{ [change.name]: change.input }] };
      return (await graphql<{ planModelChange: Plan }>('/metadata', PLAN, variables, { signal })).planModelChange;
    },
    // A plan is valid only for the current model.
    gcTime: 0,
    staleTime: 0,
  });

export const applyChange = ({ name, input }: ModelChange) => graphql('/metadata', MUTATIONS[name], { input });
