/** What is measured: requests that Plinth and the hand-written server both answer, with the same bodies. */

export type Request = { readonly method: string; readonly path: string; readonly body?: string };

export type Case = {
  readonly name: string;
  readonly api: 'GraphQL' | 'REST';
  readonly kind: 'read' | 'create' | 'upsert';
  /** @param connection which of the load's connections asks: upserts of two connections are of different records */
  request(connection: number): Request;
};

export const RECORDS = 60;
export const PEOPLE_PER_COMPANY = 10;

export const PAGE = `
  query Page($first: Int) {
    companies(first: $first, orderBy: [{ position: AscNullsLast }]) {
      edges { node { id name employees idealCustomerProfile domainName { primaryLinkUrl } createdAt } }
      pageInfo { hasNextPage }
    }
  }`;

export const NESTED = `
  query Nested($first: Int) {
    companies(first: $first, orderBy: [{ position: AscNullsLast }]) {
      totalCount
      edges {
        node {
          id
          name
          people(first: ${PEOPLE_PER_COMPANY}, orderBy: [{ position: AscNullsLast }]) {
            edges { node { id name { firstName lastName } jobTitle } }
          }
        }
      }
    }
  }`;

export const CREATE = `
  mutation Create($data: [CompanyCreateInput!]!) {
    createCompanies(data: $data) { id name employees domainName { primaryLinkUrl } }
  }`;

export const UPSERT = `
  mutation Upsert($data: [CompanyCreateInput!]!) {
    createCompanies(data: $data, upsert: true) { id name employees domainName { primaryLinkUrl } }
  }`;

const FIELDS = 'id,name,employees,idealCustomerProfile,domainName,createdAt,people';

let made = 0;

/** Companies that aren't there yet. */
function newCompanies() {
  return Array.from({ length: RECORDS }, () => ({ name: `bench ${++made}`, employees: made % 500 }));
}

/** Companies that are there, each connection's own, with something changed. */
function oldCompanies(connection: number) {
  return Array.from({ length: RECORDS }, (_, i) => ({
    name: `Company ${connection * RECORDS + i}`,
    domainName: { primaryLinkUrl: domainOf(connection * RECORDS + i) },
    employees: ++made % 500,
  }));
}

export function domainOf(i: number): string {
  return `company-${i}.example`;
}

function graphql(query: string, variables: (connection: number) => object): Case['request'] {
  return (connection) => ({
    method: 'POST',
    path: '/graphql',
    body: JSON.stringify({ query, variables: variables(connection) }),
  });
}

const PAGE_OF_20 = `page of 20`;
const PAGE_OF_60 = `page of 60, totals, nested ${PEOPLE_PER_COMPANY}`;

export const CASES: readonly Case[] = [
  { name: PAGE_OF_20, api: 'GraphQL', kind: 'read', request: graphql(PAGE, () => ({ first: 20 })) },
  {
    name: PAGE_OF_20,
    api: 'REST',
    kind: 'read',
    request: () => ({ method: 'GET', path: '/rest/companies?limit=20&depth=0&order_by=position' }),
  },
  { name: PAGE_OF_60, api: 'GraphQL', kind: 'read', request: graphql(NESTED, () => ({ first: 60 })) },
  {
    name: PAGE_OF_60,
    api: 'REST',
    kind: 'read',
    request: () => ({
      method: 'GET',
      path: `/rest/companies?limit=60&depth=1&order_by=position&fields=${FIELDS}`,
    }),
  },
  {
    name: `create ${RECORDS}`,
    api: 'GraphQL',
    kind: 'create',
    request: graphql(CREATE, () => ({ data: newCompanies() })),
  },
  {
    name: `create ${RECORDS}`,
    api: 'REST',
    kind: 'create',
    request: () => ({
      method: 'POST',
      path: '/rest/batch/companies?depth=0',
      body: JSON.stringify(newCompanies()),
    }),
  },
  {
    name: `upsert ${RECORDS}`,
    api: 'GraphQL',
    kind: 'upsert',
    request: graphql(UPSERT, (connection) => ({ data: oldCompanies(connection) })),
  },
  {
    name: `upsert ${RECORDS}`,
    api: 'REST',
    kind: 'upsert',
    request: (connection) => ({
      method: 'POST',
      path: '/rest/batch/companies?depth=0&upsert=true',
      body: JSON.stringify(oldCompanies(connection)),
    }),
  },
];
