/** Colors and defaults of the components. All text has a contrast of at least 4.5. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const INDIGO: MantineColorsTuple = [
  '#eef1fc',
  '#dbe1f6',
  '#b5c1ec',
  '#8ea0e2',
  '#6d84da',
  '#5772d5',
  '#4c66cf',
  '#3d55b8',
  '#344ba5',
  '#284092',
];

const RED: MantineColorsTuple = [
  '#fdeeee',
  '#f9d9d9',
  '#f0aeae',
  '#e88080',
  '#e15959',
  '#d63d3d',
  '#c92f2f',
  '#b02424',
  '#9d1d1d',
  '#891515',
];

export const theme = createTheme({
  primaryColor: 'indigo',
  colors: { indigo: INDIGO, red: RED },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang TC", "Noto Sans TC", "Microsoft JhengHei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace',
  headings: { fontWeight: '620', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' } } },
  respectReducedMotion: true,
  components: {
    Fieldset: {
      styles: { root: { margin: 0, padding: 0 }, legend: { padding: 0, fontSize: 14, fontWeight: 500 } },
    },
    // A page has only one banner landmark, and the header of a dialog isn't it.
    ModalHeader: { defaultProps: { role: 'presentation' } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#59626c',
    '--mantine-color-placeholder': '#6b747e',
    '--mantine-color-error': '#b02424',
    '--mantine-color-anchor': '#344ba5',
    // For badges: Mantine's colors have too little contrast on their background.
    '--mantine-color-orange-light-color': '#a83a0c',
    '--mantine-color-yellow-light-color': '#8a4b00',
    '--mantine-color-green-light-color': '#237032',
    '--mantine-color-teal-light-color': '#066a4c',
    '--plinth-sidebar': '#f7f8fa',
    '--plinth-line': '#e4e7ec',
    '--plinth-fine': '#4c66cf',
    '--plinth-clientErrors': '#c26a00',
    '--plinth-serverErrors': '#b02424',
  },
  dark: {
    '--mantine-color-body': '#17191d',
    '--mantine-color-dimmed': '#a5adb8',
    '--mantine-color-placeholder': '#98a1ac',
    '--mantine-color-error': '#f0aeae',
    '--mantine-color-anchor': '#b5c1ec',
    '--mantine-color-default': '#1f2227',
    '--mantine-color-red-text': '#e88080',
    '--mantine-color-default-border': '#3a3f47',
    '--plinth-sidebar': '#1b1d22',
    '--plinth-line': '#2d3138',
    '--plinth-fine': '#8ea0e2',
    '--plinth-clientErrors': '#f0a848',
    '--plinth-serverErrors': '#e15959',
  },
});
