/** Example operations that run in this workspace. */

import type { Examples } from '../../api/examples.ts';

export const METADATA_EXAMPLE = `query Objects {
  objects(paging: { first: 20 }) {
    edges {
      node {
        nameSingular
        labelPlural
        isCustom
        fieldsList {
          name
          type
        }
      }
    }
  }
}
`;

export function coreExample(examples: Examples | null): string {
  if (!examples) return '{\n  __typename\n}\n';
  const { object, labelField, ids } = examples;
  const id = ids[object.namePlural];
  const page = `query ${title(object.namePlural)} {
  ${object.namePlural}(first: 5) {
    totalCount
    edges {
      node {
        id
        ${labelField}
      }
    }
  }
}
`;
  if (!id) return page;
  const one = `query ${title(object.nameSingular)} {
  ${object.nameSingular}(filter: { id: { eq: "${id}" } }) {
    id
    ${labelField}
    createdAt
  }
}
`;
  return `${page}\n${one}`;
}

const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
