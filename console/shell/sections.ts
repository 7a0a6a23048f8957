/** The pages of the navigation, in order. */

import {
  IconBook,
  IconHistory,
  IconKey,
  IconModel,
  IconPlayground,
  IconQuestion,
  IconRecords,
  IconRoles,
  IconSettings,
  IconUsers,
} from '../parts/icons.ts';

export const SECTIONS = [
  {
    title: 'sections.data',
    pages: [
      { to: '/records', label: 'pages.records', Icon: IconRecords },
      { to: '/settings/data-model', label: 'pages.model', Icon: IconModel },
    ],
  },
  {
    title: 'sections.apis',
    pages: [
      { to: '/settings/apis', label: 'pages.apis', Icon: IconKey },
      { to: '/which-api', label: 'pages.apiGuide', Icon: IconQuestion },
      { to: '/docs', label: 'pages.docs', Icon: IconBook },
      { to: '/playground', label: 'pages.playground', Icon: IconPlayground },
    ],
  },
  {
    title: 'sections.access',
    pages: [
      { to: '/settings/workspace', label: 'pages.workspace', Icon: IconSettings },
      { to: '/settings/members', label: 'pages.members', Icon: IconUsers },
      { to: '/settings/roles', label: 'pages.roles', Icon: IconRoles },
      { to: '/settings/audit-log', label: 'pages.audit', Icon: IconHistory },
    ],
  },
] as const;
