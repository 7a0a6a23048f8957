/** E-mail addresses, one of them the main one. Lower-cased, domains in ASCII. Contract: core.md 2.7, 2.22. */

import { domainToASCII } from 'node:url';
import { checkParts, isText, mistakesIf, shown, textOnly } from './checks.ts';
import { compositeDefault, MAX_VALUES } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';
import { distinct } from './lists.ts';

const parts: readonly Part[] = [
  { name: 'primaryEmail', suffix: 'primary_email', sql: 'text', scalar: 'String', empty: '', isUniqueKey: true },
  { name: 'additionalEmails', suffix: 'additional_emails', sql: 'jsonb', scalar: 'JSON', empty: '[]' },
];

const check: FieldType['check'] = (value) =>
  checkParts(value, parts, (name, each) =>
    name === 'additionalEmails'
      ? mistakesIf(
          !Array.isArray(each) || !each.every(isText),
          `additionalEmails must be a list of texts, not ${shown(each)}`,
        ).concat(Array.isArray(each) ? each.filter(isText).flatMap((email) => addressMistakes(name, email)) : [])
      : [...textOnly(name, each), ...(isText(each) ? addressMistakes(name, each) : [])],
  );

// One address, without a name or a second one beside it. What else is in the parts is for mail servers to judge.
const ADDRESS = /^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()"\\]+$/;

/** An empty text is none. */
function addressMistakes(name: string, email: string): string[] {
  const text = email.trim();
  return mistakesIf(text !== '' && !ADDRESS.test(text), `${name} must be one e-mail address, not ${shown(email)}`);
}

export const emails: FieldType = {
  type: 'EMAILS',
  composite: 'Emails',
  parts,
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  checkSettings: MAX_VALUES,
  write: ({
    primaryEmail,
    additionalEmails,
  }: {
    primaryEmail?: string | null;
    additionalEmails?: string[] | null;
  }) => ({
    ...(primaryEmail !== undefined && { primaryEmail: primaryEmail && canonicalEmail(primaryEmail) }),
    ...(additionalEmails !== undefined && {
      additionalEmails: additionalEmails && [...new Set(additionalEmails.map(canonicalEmail))],
    }),
  }),
  combine(values: readonly { primaryEmail: string | null; additionalEmails: string[] | null }[]) {
    const all = values.flatMap(({ primaryEmail, additionalEmails }) => [primaryEmail, ...(additionalEmails ?? [])]);
    const primaryEmail = values.map((each) => each.primaryEmail).find(Boolean) ?? null;
    const emails = distinct([primaryEmail, ...all], (email) => email?.toLowerCase());
    return { primaryEmail, additionalEmails: emails.filter((email) => email && email !== primaryEmail) };
  },
  openapi: () => ({
    type: 'object',
    properties: { primaryEmail: { type: 'string' }, additionalEmails: { type: 'array', items: { type: 'string' } } },
  }),
};

/** `Ada@Bücher．example.` → `ada@xn--bcher-kva.example`. What isn't of that form is only lower-cased. */
function canonicalEmail(email: string): string {
  const text = email.trim().toLowerCase();
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const domain = domainToASCII(text.slice(at + 1)).replace(/\.$/, '');
  return domain === '' ? text : `${text.slice(0, at)}@${domain}`;
}
