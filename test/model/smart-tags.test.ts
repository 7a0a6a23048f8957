import { expect, test } from 'vitest';
import { columnsOf, type Field, type ObjectType, objectById } from '../../server/model/model.ts';
import {
  columnComment,
  readColumnTags,
  readRelationTags,
  readTableTags,
  relationComment,
  type Tags,
  tableComment,
} from '../../server/model/smart-tags.ts';
import { standardModel } from '../../server/model/standard/standard.ts';

const model = standardModel();
const company = model.objects.find(({ nameSingular }) => nameSingular === 'company') as ObjectType;
const fieldOf = (name: string) => company.fields.find((field) => field.name === name) as Field;

/** As PostGraphile parses a comment without repeated tags. */
function parsed(comment: string | null): [tags: Tags, rest: string] {
  const lines = (comment ?? '').split('\n');
  const tags = lines.filter((line) => line.startsWith('@')).map((line) => /^@(\w+)(?: (.*))?$/.exec(line) ?? []);
  const rest = lines.filter((line) => !line.startsWith('@')).join('\n');
  return [Object.fromEntries(tags.map(([, tag = '', value]) => [tag, value ?? true])), rest];
}

test('the comment of a table is written in a fixed order and read back', () => {
  const object: ObjectType = {
    ...company,
    labelSingular: 'Firm',
    aliases: [{ nameSingular: 'firm', namePlural: 'firms' }],
    isActive: false,
    description: '@inactive until May',
  };
  const comment = tableComment(object);
  expect(comment.split('\n')).toEqual([
    '@singular company',
    '@alias firm firms',
    '@labelSingular Firm',
    '@label name',
    '@duplicates name domainName.primaryLinkUrl',
    '@search',
    '@inactive',
    '@description "@inactive until May"',
  ]);
  expect(readTableTags(...parsed(comment))).toMatchObject({
    nameSingular: 'company',
    namePlural: undefined,
    aliases: object.aliases,
    labelSingular: 'Firm',
    labelIdentifier: 'name',
    duplicateCriteria: object.duplicateCriteria,
    isSystem: false,
    isSearchable: true,
    isInactive: true,
    description: object.description,
  });
});

test('the comments of columns and foreign keys are read back', () => {
  const link = { ...fieldOf('domainName'), label: 'Website', aliases: ['homepage'], isActive: false };
  const comments = columnsOf(company, link).map((column) => columnComment(company, link, column));
  expect(comments).toEqual([
    '@part domainName.primaryLinkLabel\n@type LINKS\n@alias homepage\n@label Website\n@bareDomain\n@inactive',
    '@part domainName.primaryLinkUrl\n@type LINKS\n@bareDomain\n@inactive',
    '@part domainName.secondaryLinks\n@type LINKS\n@bareDomain\n@inactive',
  ]);
  expect(readColumnTags(...parsed(comments[0] as string))).toMatchObject({
    part: 'domainName.primaryLinkLabel',
    type: 'LINKS',
    aliases: ['homepage'],
    label: 'Website',
    isInactive: true,
  });
  const owner = fieldOf('accountOwner');
  const target = objectById(model, owner.relation?.targetObject as string) as ObjectType;
  const inverse = target.fields.find(({ id }) => id === owner.relation?.targetField) as Field;
  expect(readRelationTags(parsed(relationComment(owner, inverse))[0])).toMatchObject({
    name: 'accountOwner',
    foreignName: 'accountOwnerForCompanies',
    morph: undefined,
    isInactive: false,
  });
});
