/** Grafast's plans live exactly as long as the documents they were made for. */

import { execute, makeGrafastSchema } from 'postgraphile/grafast';
import { type GraphQLSchema, parse } from 'postgraphile/grafast/graphql';

// Plans of one operation differ by what some variables are (null, or not); each takes as much as the first.
const MAX_PLANS_OF_ONE_OPERATION = 4;

/**
 * Grafast keeps the plans of 500 operations a schema, whatever their size: of a page of records with their relations one takes a megabyte.
 * Instead of that, they are kept with the parsed operation, and `document-cache.ts` bounds the memory of both.
 */
export async function keepPlansWithDocuments(schema: GraphQLSchema): Promise<void> {
  place ??= placeOfPlans();
  const plans = {
    [await place]: new WeakMap(),
    operationOperationPlansCacheMaxLength: MAX_PLANS_OF_ONE_OPERATION,
  };
  Object.assign(schema.extensions, { grafast: { ...schema.extensions.grafast, ...plans } });
}

let place: Promise<symbol> | undefined;

/** Grafast doesn't export the symbol under which a schema has its plans; the first operation leaves it there. */
async function placeOfPlans(): Promise<symbol> {
  const schema = makeGrafastSchema({ typeDefs: 'type Query { nothing: Int }' });
  await execute({ schema, document: parse('{ nothing }') });
  const found = Object.getOwnPropertySymbols(schema.extensions.grafast ?? {}).find(
    ({ description }) => description === 'cacheByOperation',
  );
  if (!found)
    throw new Error('Grafast keeps its plans in another place: see how server/records/plan-cache.ts can find it');
  return found;
}
