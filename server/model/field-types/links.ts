/** Web addresses, one of them the main one. Contract: core.md 2.7, 2.22. */

import { checkParts, listOf, textOnly } from './checks.ts';
import { compositeDefault, MAX_VALUES } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';
import { distinct } from './lists.ts';

const parts: readonly Part[] = [
  {
    name: 'primaryLinkLabel',
    suffix: 'primary_link_label',
    sql: 'text',
    scalar: 'String',
    empty: '',
    isQualifier: true,
  },
  { name: 'primaryLinkUrl', suffix: 'primary_link_url', sql: 'text', scalar: 'String', empty: '', isUniqueKey: true },
  { name: 'secondaryLinks', suffix: 'secondary_links', sql: 'jsonb', scalar: 'JSON', empty: '[]' },
];

type Link = { url?: string | null; label?: string | null };
type Links = { primaryLinkLabel?: string | null; primaryLinkUrl?: string | null; secondaryLinks?: Link[] | null };

const check: FieldType['check'] = (value) =>
  checkParts(value, parts, (name, each) =>
    name === 'secondaryLinks' ? listOf(name, ['url', 'label'], each) : textOnly(name, each),
  );

export const links: FieldType = {
  type: 'LINKS',
  composite: 'Links',
  parts,
  taggedSettings: ['bareDomain'],
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  checkSettings: MAX_VALUES,
  write: ({ primaryLinkUrl, secondaryLinks, ...rest }: Links, { settings }) => {
    const canonical = settings.bareDomain ? bareDomain : canonicalUrl;
    return {
      ...rest,
      ...(primaryLinkUrl !== undefined && { primaryLinkUrl: primaryLinkUrl && canonical(primaryLinkUrl) }),
      ...(secondaryLinks !== undefined && {
        secondaryLinks:
          secondaryLinks &&
          distinct(
            secondaryLinks.map((link) => ({ ...link, ...(link.url && { url: canonical(link.url) }) })),
            ({ url, label }) => JSON.stringify([url, label]),
          ),
      }),
    };
  },
  combine(values: readonly Links[]) {
    const primaries = values.map(({ primaryLinkUrl: url, primaryLinkLabel: label }): Link => ({ url, label }));
    const primary = primaries.find(({ url }) => url);
    const all = values.flatMap(({ secondaryLinks }, i) => [primaries[i] as Link, ...(secondaryLinks ?? [])]);
    const links = distinct([...(primary ? [primary] : []), ...all], ({ url }) => url || null);
    return {
      primaryLinkUrl: primary?.url ?? null,
      primaryLinkLabel: primary?.label ?? null,
      secondaryLinks: links.filter((link) => link.url && link !== primary),
    };
  },
  openapi: () => ({
    type: 'object',
    properties: {
      primaryLinkLabel: { type: 'string' },
      primaryLinkUrl: { type: 'string' },
      secondaryLinks: {
        type: 'array',
        items: { type: 'object', properties: { url: { type: 'string' }, label: { type: 'string' } } },
      },
    },
  }),
};

/** Scheme and host in lower case, no slash at the end; the path keeps its case. */
function canonicalUrl(url: string): string {
  const text = url.trim();
  // A user and a password before the host stay as they are.
  const [origin = '', scheme = '', user = '', host = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/)?((?:[^/?#]*@)?)([^/?#@]+)/i.exec(text) ?? [];
  return (scheme.toLowerCase() + user + host.toLowerCase() + text.slice(origin.length)).replace(/\/+$/, '');
}

/** `https://www.Acme.com/about` → `acme.com`. */
function bareDomain(url: string): string {
  return canonicalUrl(url)
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/^www\./, '')
    .replace(/[/?#].*$/, '');
}
