/** A sample request for each of the four APIs, with names and ids of the workspace. */

import type { Examples } from '../../api/examples.ts';
import { type Call, codeSample, type SampleLanguage } from '../../parts/call-sample.ts';

type Known = { examples: Examples | null; key: string | null; origin: string };

export const APIS = {
  restCore: ({ object, ids }: Examples): Call => {
    const id = ids[object.namePlural];
    return { method: 'GET', path: `/rest/${object.namePlural}${id ? `/${id}` : '?limit=3'}` };
  },
  graphqlCore: ({ object, labelField }: Examples): Call => ({
    method: 'POST',
    path: '/graphql',
    body: { query: `{ ${object.namePlural}(first: 3) { totalCount edges { node { id ${labelField} } } } }` },
  }),
  restMetadata: ({ object }: Examples): Call => ({
    method: 'POST',
    path: '/rest/metadata/fields',
    body: { objectMetadataId: object.id, type: 'TEXT', name: 'nickname', label: 'Nickname' },
  }),
  graphqlMetadata: (): Call => ({
    method: 'POST',
    path: '/metadata',
    body: { query: '{ objects(paging: { first: 100 }) { edges { node { nameSingular fieldsList { name type } } } } }' },
  }),
} as const;
export type ApiName = keyof typeof APIS;

export function sample(api: ApiName, language: SampleLanguage, { examples, key, origin }: Known): string {
  if (!examples) return '';
  return codeSample(language, APIS[api](examples), { origin, key });
}
