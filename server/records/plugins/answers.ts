/**
 * Answers operations by statements: what Grafast would plan field by field, the fields say in SQL (`extensions`), and
 * the text that Postgres makes of it is the answer. GraphQL's own fields (`__schema`, `__type`) have no SQL, and are
 * answered by graphql-js.
 */

import { execute, getOperationAST, type OperationDefinitionNode } from 'postgraphile/grafast/graphql';
import { runOperation } from '../answers/run.ts';

export const AnswersPlugin: GraphileConfig.Plugin = {
  name: 'AnswersPlugin',
  version: '1.0.0',
  description: 'Answers each operation by one statement whose result is the JSON of its fields',
  grafast: {
    middleware: {
      execute(_next, { args: { schema, document, operationName, variableValues, contextValue } }) {
        const variables = variableValues ?? {};
        return runOperation({
          schema,
          document,
          operation: getOperationAST(document, operationName) as OperationDefinitionNode,
          variables,
          running: contextValue as never,
          introspect: async (own) => execute({ schema, document: own, operationName, variableValues: variables }),
        }) as never;
      },
    },
  },
};
