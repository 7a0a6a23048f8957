/**
 * What goes into an operation and what comes out of it, around the records: bodies and envelopes. Contract: core.md 3.8
 * – 3.10
 */

import { keyTypeOf } from '../server/model/keys.ts';
import { may, type ObjectType, typeName } from '../server/model/model.ts';
import { PAGE_INFO, reference, type Schema } from './components.ts';
import { answeredKey, writtenKey } from './keys.ts';

export type RequestBody = 'duplicates' | 'many' | 'merge' | 'one' | 'update';
/** `pages`: one for each record that is looked up. */
export type Answer = 'groups' | 'id' | 'ids' | 'many' | 'one' | 'page' | 'pages';

export function requestBody(body: RequestBody, object: ObjectType, maxRecords: number): Schema {
  return { required: true, content: { 'application/json': { schema: bodySchema(body, object, maxRecords) } } };
}

function bodySchema(body: RequestBody, object: ObjectType, maxRecords: number): Schema {
  const record = reference(typeName(object));
  switch (body) {
    case 'one':
      return record;
    case 'many':
      return { type: 'array', minItems: 1, maxItems: maxRecords, items: record };
    case 'update':
      return reference(`${typeName(object)}ForUpdate`);
    case 'duplicates':
      return {
        type: 'object',
        description: 'Exactly one of the two',
        properties: {
          ids: {
            type: 'array',
            items: writtenKey(keyTypeOf(object)),
            description: 'Records whose duplicates are looked for',
          },
          ...(may(object, 'create') && {
            data: {
              type: 'array',
              minItems: 1,
              items: record,
              description: 'Records that are not there yet, to see what they would be duplicates of',
            },
          }),
        },
        minProperties: 1,
        maxProperties: 1,
      };
    case 'merge':
      return {
        type: 'object',
        properties: {
          ids: { type: 'array', items: writtenKey(keyTypeOf(object)), minItems: 2, maxItems: 9 },
          conflictPriorityIndex: {
            type: 'integer',
            minimum: 0,
            description:
              'Place in `ids`, from 0, of the record that stays: where several have a value, its value counts',
          },
          dryRun: {
            type: 'boolean',
            default: false,
            description: 'true: answer what would come of it, change nothing',
          },
        },
        required: ['ids', 'conflictPriorityIndex'],
      };
  }
}

/** @param key what the answer calls the records */
export function answerSchema(answer: Answer, key: string, object: ObjectType): Schema {
  const record = reference(`${typeName(object)}ForResponse`);
  const records = { type: 'array', items: record };
  switch (answer) {
    case 'one':
      return whole({ data: whole({ [key]: record }) });
    case 'many':
      return whole({ data: whole({ [key]: records }) });
    case 'id':
      return whole({ data: whole({ [key]: whole({ id: answeredKey(keyTypeOf(object)) }) }) });
    case 'ids':
      return whole({ data: whole({ [key]: { type: 'array', items: whole({ id: answeredKey(keyTypeOf(object)) }) } }) });
    case 'groups':
      return { type: 'array', items: reference(`${typeName(object)}GroupByConnection`) };
    case 'page':
      return whole({ data: whole({ [key]: records }), totalCount: TOTAL_COUNT, pageInfo: PAGE_INFO });
    case 'pages': {
      const { hasPreviousPage: _none, ...pageInfo } = PAGE_INFO.properties;
      const page = whole({ totalCount: TOTAL_COUNT, pageInfo: whole(pageInfo), [key]: records });
      return whole({ data: { type: 'array', items: page, description: 'One for each record given, in their order' } });
    }
  }
}

const TOTAL_COUNT = { type: 'integer', description: 'Of all that there are, not of this page' };

/** An object with all of these properties. */
function whole<Properties extends Schema>(properties: Properties) {
  return { type: 'object', properties, required: Object.keys(properties) };
}
