/** The types of new fields, the most common first. */

import { useTranslation } from 'react-i18next';

export const FIELD_TYPES = [
  'TEXT',
  'NUMBER',
  'BOOLEAN',
  'DATE',
  'DATE_TIME',
  'SELECT',
  'MULTI_SELECT',
  'RELATION',
  'CURRENCY',
  'EMAILS',
  'PHONES',
  'LINKS',
  'ADDRESS',
  'FULL_NAME',
  'RATING',
  'RICH_TEXT_V2',
  'ARRAY',
  'RAW_JSON',
  'UUID',
  'FILES',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export const hasOptions = (type: string) => type === 'SELECT' || type === 'MULTI_SELECT';
export const canBeUnique = (type: string) =>
  ['TEXT', 'NUMBER', 'DATE', 'DATE_TIME', 'EMAILS', 'PHONES', 'LINKS', 'UUID'].includes(type);
export const hasManyValues = (type: string) => ['ARRAY', 'EMAILS', 'PHONES', 'LINKS', 'FILES'].includes(type);

/** The label of a type; its API name if it has no label. */
export function useTypeName(): (type: string) => string {
  const { t } = useTranslation();
  return (type) => (isKnown(type) ? t(`fieldTypes.${type}`) : type);
}

function isKnown(type: string): type is FieldType | (typeof OTHERS)[number] {
  return [...FIELD_TYPES, ...OTHERS].some((known) => known === type);
}

const OTHERS = ['MORPH_RELATION', 'ACTOR', 'POSITION', 'TS_VECTOR', 'NUMERIC', 'RICH_TEXT'] as const;
