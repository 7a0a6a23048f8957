/** The pages of the navigation, in its order. */

import { IconBook, IconKey, IconModel, IconPlayground, IconQuestion } from '../parts/icons.ts';

export const SECTIONS = [
  {
    title: 'sections.data',
    pages: [{ to: '/settings/data-model', label: 'pages.model', Icon: IconModel }],
  },
  {
    title: 'sections.apis',
    pages: [
      { to: '/settings/apis', label: 'pages.apis', Icon: IconKey },
      { to: '/which-api', label: 'pages.which', Icon: IconQuestion },
      { to: '/docs', label: 'pages.docs', Icon: IconBook },
      { to: '/playground', label: 'pages.playground', Icon: IconPlayground },
    ],
  },
] as const;
