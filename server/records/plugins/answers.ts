/**
 * Answers operations by statements: what Grafast would plan field by field, the fields say in SQL (`extensions`), and the text
 * that Postgres makes of it is the answer. Introspection, which has no SQL, goes on to Grafast.
 */

import type { GrafastExecutionArgs } from 'postgraphile/grafast';
import { getOperationAST, type OperationDefinitionNode } from 'postgraphile/grafast/graphql';
import { runOperation } from '../answers/run.ts';

export const AnswersPlugin: GraphileConfig.Plugin = {
  name: 'AnswersPlugin',
  version: '1.0.0',
  description: 'Answers each operation by one statement whose result is the JSON of its fields',
  grafast: {
    middleware: {
      execute(next, { args }) {
        const { schema, document, operationName, variableValues, contextValue } = args;
        const operation = getOperationAST(document, operationName) as OperationDefinitionNode;
        return runOperation({
          schema,
          document,
          operation,
          variables: variableValues ?? {},
          running: contextValue as never,
          introspect: (introspection) => {
            (args as { document: GrafastExecutionArgs['document'] }).document = introspection;
            return next() as never;
          },
        }) as never;
      },
    },
  },
};
