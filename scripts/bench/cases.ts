/**
 * What is measured: requests that Plinth and the hand-written servers answer with the same bodies, and stock
 * PostGraphile alike.
 */

export type Request = { readonly method: string; readonly path: string; readonly body?: string };

export type Case = {
  readonly name: string;
  readonly api: 'GraphQL' | 'REST';
  readonly kind: 'read' | 'create' | 'upsert';
  /** @param connection which of the load's connections asks: upserts of two connections are of different records */
  request(connection: number): Request;
  /** What asks stock PostGraphile for the same records, in its own names. */
  stock?(): Request;
};

export const RECORDS = 60;
export const PEOPLE_PER_COMPANY = 10;
export const TASKS_PER_PERSON = 2;
export const SMALL_PAGE = 20;

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

export const DEEP = `
  query Deep($first: Int) {
    companies(first: $first, orderBy: [{ position: AscNullsLast }]) {
      edges {
        node {
          id
          name
          people(first: ${PEOPLE_PER_COMPANY}, orderBy: [{ position: AscNullsLast }]) {
            edges {
              node {
                id
                name { firstName lastName }
                taskTargets(first: ${TASKS_PER_PERSON}) { edges { node { id task { id title status } } } }
              }
            }
          }
        }
      }
    }
  }`;

// Of stock PostGraphile `id` is the node's, for all objects, and `rowId` the column.

const STOCK_PAGE = `
  query Page($first: Int) {
    allCompanies(first: $first, orderBy: [POSITION_ASC]) {
      edges { node { rowId name employees idealCustomerProfile domainNamePrimaryLinkUrl createdAt } }
      pageInfo { hasNextPage }
    }
  }`;

const STOCK_NESTED = `
  query Nested($first: Int) {
    allCompanies(first: $first, orderBy: [POSITION_ASC]) {
      totalCount
      edges {
        node {
          rowId
          name
          people(first: ${PEOPLE_PER_COMPANY}, orderBy: [POSITION_ASC]) {
            edges { node { rowId nameFirstName nameLastName jobTitle } }
          }
        }
      }
    }
  }`;

const STOCK_DEEP = `
  query Deep($first: Int) {
    allCompanies(first: $first, orderBy: [POSITION_ASC]) {
      edges {
        node {
          rowId
          name
          people(first: ${PEOPLE_PER_COMPANY}, orderBy: [POSITION_ASC]) {
            edges {
              node {
                rowId
                nameFirstName
                nameLastName
                taskTargets(first: ${TASKS_PER_PERSON}) { edges { node { rowId task { rowId title status } } } }
              }
            }
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

function graphqlPage(name: string, first: number, query: string, stockQuery: string): Case {
  const asking = (text: string) => {
    const request = graphql(text, () => ({ first }));
    return () => request(0);
  };
  return { name, api: 'GraphQL', kind: 'read', request: asking(query), stock: asking(stockQuery) };
}

const PAGE_OF_20 = `page of ${SMALL_PAGE}`;
const PAGE_OF_60 = `page of ${RECORDS}, totals, nested ${PEOPLE_PER_COMPANY}`;
const THREE_LEVELS = `page of ${SMALL_PAGE}, nested ${PEOPLE_PER_COMPANY}, of these ${TASKS_PER_PERSON}`;

export const CASES: readonly Case[] = [
  graphqlPage(PAGE_OF_20, SMALL_PAGE, PAGE, STOCK_PAGE),
  {
    name: PAGE_OF_20,
    api: 'REST',
    kind: 'read',
    request: () => ({ method: 'GET', path: `/rest/companies?limit=${SMALL_PAGE}&depth=0&order_by=position` }),
  },
  graphqlPage(PAGE_OF_60, RECORDS, NESTED, STOCK_NESTED),
  {
    name: PAGE_OF_60,
    api: 'REST',
    kind: 'read',
    request: () => ({
      method: 'GET',
      path: `/rest/companies?limit=${RECORDS}&depth=1&order_by=position&fields=${FIELDS}`,
    }),
  },
  graphqlPage(THREE_LEVELS, SMALL_PAGE, DEEP, STOCK_DEEP),
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
