/** The standard objects, as data. Contract: core.md 5, 6 */

import type { OnDelete } from '../field-types/field-type.ts';
import type { FieldTypeName } from '../field-types/index.ts';
import type { Field, ObjectType } from '../model.ts';
import { upperFirst } from '../names.ts';

export type FieldDraft = Partial<Omit<Field, 'options'>> & {
  readonly name: string;
  readonly type: FieldTypeName;
  readonly options?: readonly string[];
};

export type ObjectDraft = Pick<ObjectType, 'nameSingular' | 'namePlural' | 'labelSingular' | 'labelPlural'> &
  Partial<ObjectType> & {
    readonly drafts: readonly FieldDraft[];
    /** The groups of common fields that it has. */
    readonly has: readonly ('actors' | 'position' | 'search')[];
    /** Fields whose words find a record. */
    readonly search?: readonly string[];
  };

export const text = (name: string, more: Partial<FieldDraft> = {}): FieldDraft => ({ name, type: 'TEXT', ...more });
const field = (type: FieldTypeName, name: string, more: Partial<FieldDraft> = {}): FieldDraft => ({
  name,
  type,
  ...more,
});
const select = (name: string, options: readonly string[], more: Partial<FieldDraft> = {}): FieldDraft => ({
  name,
  type: 'SELECT',
  options,
  ...more,
});
const SYSTEM = { isSystem: true };

/** The first field of every object. */
export const ID: FieldDraft = {
  ...{ name: 'id', type: 'UUID', label: 'Id' },
  ...{ isNullable: false, isUnique: true, isSystem: true, defaultValue: 'uuid' },
};

export const STANDARD: readonly ObjectDraft[] = [
  {
    nameSingular: 'company',
    namePlural: 'companies',
    labelSingular: 'Company',
    labelPlural: 'Companies',
    icon: 'IconBuildingSkyscraper',
    description: 'A business that people work for and deals are made with',
    duplicateCriteria: [['name'], ['domainName.primaryLinkUrl']],
    has: ['actors', 'position', 'search'],
    search: ['name', 'domainName'],
    drafts: [
      text('name'),
      field('LINKS', 'domainName', { isUnique: true, settings: { maxNumberOfValues: 1, bareDomain: true } }),
      field('ADDRESS', 'address'),
      field('NUMBER', 'employees'),
      field('LINKS', 'linkedinLink', { label: 'LinkedIn' }),
      field('LINKS', 'xLink', { label: 'X' }),
      field('CURRENCY', 'annualRecurringRevenue', { label: 'ARR' }),
      field('BOOLEAN', 'idealCustomerProfile', { label: 'ICP', isNullable: false, defaultValue: false }),
    ],
  },
  {
    nameSingular: 'person',
    namePlural: 'people',
    labelSingular: 'Person',
    labelPlural: 'People',
    icon: 'IconUser',
    description: 'Somebody we know',
    duplicateCriteria: [['name.firstName', 'name.lastName'], ['linkedinLink.primaryLinkUrl'], ['emails.primaryEmail']],
    has: ['actors', 'position', 'search'],
    search: ['name', 'emails', 'phones', 'jobTitle'],
    drafts: [
      field('FULL_NAME', 'name'),
      field('EMAILS', 'emails', { isUnique: true, settings: { maxNumberOfValues: 1 } }),
      field('LINKS', 'linkedinLink', { label: 'LinkedIn' }),
      field('LINKS', 'xLink', { label: 'X' }),
      text('jobTitle'),
      field('PHONES', 'phones', { settings: { maxNumberOfValues: 1 } }),
      text('city'),
      text('avatarUrl', SYSTEM),
      field('FILES', 'avatarFile', { ...SYSTEM, settings: { maxNumberOfValues: 1 } }),
    ],
  },
  {
    nameSingular: 'opportunity',
    namePlural: 'opportunities',
    labelSingular: 'Opportunity',
    labelPlural: 'Opportunities',
    icon: 'IconTargetArrow',
    description: 'A deal that may come to be',
    has: ['actors', 'position', 'search'],
    search: ['name'],
    drafts: [
      text('name'),
      field('CURRENCY', 'amount'),
      field('DATE_TIME', 'closeDate'),
      select('stage', ['NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER'], {
        isNullable: false,
        defaultValue: "'NEW'",
      }),
    ],
  },
  {
    nameSingular: 'note',
    namePlural: 'notes',
    labelSingular: 'Note',
    labelPlural: 'Notes',
    icon: 'IconNotes',
    description: 'Something written down',
    labelIdentifier: 'title',
    has: ['actors', 'position', 'search'],
    search: ['title', 'bodyV2'],
    drafts: [text('title'), field('RICH_TEXT_V2', 'bodyV2', { label: 'Body' })],
  },
  {
    nameSingular: 'task',
    namePlural: 'tasks',
    labelSingular: 'Task',
    labelPlural: 'Tasks',
    icon: 'IconCheckbox',
    description: 'Something to be done',
    labelIdentifier: 'title',
    has: ['actors', 'position', 'search'],
    search: ['title', 'bodyV2'],
    drafts: [
      text('title'),
      field('RICH_TEXT_V2', 'bodyV2', { label: 'Body' }),
      field('DATE_TIME', 'dueAt', { label: 'Due Date' }),
      select('status', ['TODO', 'IN_PROGRESS', 'DONE'], { defaultValue: "'TODO'" }),
    ],
  },
  {
    nameSingular: 'noteTarget',
    namePlural: 'noteTargets',
    labelSingular: 'Note Target',
    labelPlural: 'Note Targets',
    description: 'What a note is about',
    isSystem: true,
    labelIdentifier: null,
    has: [],
    drafts: [],
  },
  {
    nameSingular: 'taskTarget',
    namePlural: 'taskTargets',
    labelSingular: 'Task Target',
    labelPlural: 'Task Targets',
    description: 'What a task is about',
    isSystem: true,
    labelIdentifier: null,
    has: [],
    drafts: [],
  },
  {
    nameSingular: 'attachment',
    namePlural: 'attachments',
    labelSingular: 'Attachment',
    labelPlural: 'Attachments',
    icon: 'IconPaperclip',
    description: 'A file that belongs to a record',
    isSystem: true,
    has: ['actors'],
    drafts: [
      text('name'),
      text('fullPath'),
      select(
        'fileCategory',
        ['ARCHIVE', 'AUDIO', 'IMAGE', 'PRESENTATION', 'SPREADSHEET', 'TEXT_DOCUMENT', 'VIDEO', 'OTHER'],
        {
          isNullable: false,
          defaultValue: "'OTHER'",
        },
      ),
      field('FILES', 'file', { settings: { maxNumberOfValues: 1 } }),
    ],
  },
  {
    nameSingular: 'timelineActivity',
    namePlural: 'timelineActivities',
    labelSingular: 'Timeline Activity',
    labelPlural: 'Timeline Activities',
    description: 'Something that happened to a record',
    isSystem: true,
    has: [],
    drafts: [
      text('name'),
      field('DATE_TIME', 'happensAt', { isNullable: false, defaultValue: 'now' }),
      field('RAW_JSON', 'properties'),
      text('linkedRecordCachedName'),
      field('UUID', 'linkedRecordId'),
      field('UUID', 'linkedObjectMetadataId'),
    ],
  },
  {
    nameSingular: 'favorite',
    namePlural: 'favorites',
    labelSingular: 'Favorite',
    labelPlural: 'Favorites',
    icon: 'IconHeart',
    description: 'A record that a member keeps at hand',
    isSystem: true,
    labelIdentifier: null,
    has: ['position'],
    drafts: [field('UUID', 'viewId')],
  },
  {
    nameSingular: 'workspaceMember',
    namePlural: 'workspaceMembers',
    labelSingular: 'Workspace Member',
    labelPlural: 'Workspace Members',
    icon: 'IconUserCircle',
    description: 'Somebody who works in this workspace',
    isSystem: true,
    has: ['position', 'search'],
    search: ['name', 'userEmail'],
    drafts: [
      field('FULL_NAME', 'name', { isNullable: false }),
      text('colorScheme', { ...SYSTEM, isNullable: false, defaultValue: "'System'" }),
      text('locale', { ...SYSTEM, isNullable: false, defaultValue: "'en'" }),
      text('avatarUrl', SYSTEM),
      text('userEmail', { ...SYSTEM, isUnique: true }),
      field('NUMBER', 'calendarStartDay', {
        ...SYSTEM,
        isNullable: false,
        defaultValue: 7,
        settings: { dataType: 'int' },
      }),
      field('UUID', 'userId', { ...SYSTEM, isNullable: false }),
      text('timeZone', { ...SYSTEM, isNullable: false, defaultValue: "'system'" }),
      select('dateFormat', ['SYSTEM', 'MONTH_FIRST', 'DAY_FIRST', 'YEAR_FIRST'], {
        ...SYSTEM,
        isNullable: false,
        defaultValue: "'SYSTEM'",
      }),
      select('timeFormat', ['SYSTEM', 'HOUR_24', 'HOUR_12'], {
        ...SYSTEM,
        isNullable: false,
        defaultValue: "'SYSTEM'",
      }),
      select('numberFormat', ['SYSTEM', 'COMMAS_AND_DOT', 'SPACES_AND_COMMA', 'DOTS_AND_COMMA', 'APOSTROPHE_AND_DOT'], {
        ...SYSTEM,
        isNullable: false,
        defaultValue: "'SYSTEM'",
      }),
    ],
  },
];

/** Objects that point to any other object, with the name of the inverse relation. */
export const ABOUT_ANYTHING: Readonly<Record<string, string>> = {
  noteTarget: 'noteTargets',
  taskTarget: 'taskTargets',
  attachment: 'attachments',
  timelineActivity: 'timelineActivities',
  favorite: 'favorites',
};

/** `[object, field, target object, field on the target]`: the first has the column. */
export type RelationDraft = readonly [
  from: string,
  name: string,
  to: string,
  inverse: string,
  more?: { onDelete?: OnDelete; morph?: string },
];

export const RELATIONS: readonly RelationDraft[] = [
  ['company', 'accountOwner', 'workspaceMember', 'accountOwnerForCompanies'],
  ['person', 'company', 'company', 'people'],
  ['opportunity', 'company', 'company', 'opportunities'],
  ['opportunity', 'pointOfContact', 'person', 'pointOfContactForOpportunities'],
  ['opportunity', 'owner', 'workspaceMember', 'ownedOpportunities'],
  ['task', 'assignee', 'workspaceMember', 'assignedTasks'],
  ['noteTarget', 'note', 'note', 'noteTargets'],
  ['taskTarget', 'task', 'task', 'taskTargets'],
  ...['company', 'person', 'opportunity'].flatMap((target) => [
    morphTarget('noteTarget', target),
    morphTarget('taskTarget', target),
  ]),
  ...['company', 'person', 'opportunity', 'note', 'task'].flatMap((target): RelationDraft[] => [
    morphTarget('attachment', target),
    morphTarget('timelineActivity', target),
    ['favorite', target, target, 'favorites', { onDelete: 'CASCADE' }],
  ]),
  ['timelineActivity', 'workspaceMember', 'workspaceMember', 'timelineActivities'],
  ['favorite', 'forWorkspaceMember', 'workspaceMember', 'favorites', { onDelete: 'CASCADE' }],
];

export function morphTarget(from: string, target: string): RelationDraft {
  return [from, `target${upperFirst(target)}`, target, ABOUT_ANYTHING[from] as string, { morph: 'target' }];
}

/** The last fields of an object. */
export function closingFields(has: ObjectDraft['has'], search: readonly string[]): FieldDraft[] {
  const fixed = { isNullable: false, isSystem: true };
  return [
    ...(has.includes('position') ? [field('POSITION', 'position', { ...fixed, defaultValue: 0 })] : []),
    ...(has.includes('actors')
      ? [
          field('ACTOR', 'createdBy', { ...fixed, label: 'Created by' }),
          field('ACTOR', 'updatedBy', { ...fixed, label: 'Updated by' }),
        ]
      : []),
    field('DATE_TIME', 'createdAt', { ...fixed, label: 'Creation date', defaultValue: 'now' }),
    field('DATE_TIME', 'updatedAt', { ...fixed, label: 'Last update', defaultValue: 'now' }),
    field('DATE_TIME', 'deletedAt', { isSystem: true, label: 'Deleted at' }),
    ...(has.includes('search')
      ? [field('TS_VECTOR', 'searchVector', { isSystem: true, label: 'Search vector', settings: { sources: search } })]
      : []),
  ];
}
