/** The icons in use; each from its own file, for the package's index names six thousand. */

export { default as IconAlert } from '@tabler/icons-react/icons/IconAlertTriangle';
export { default as IconCheck } from '@tabler/icons-react/icons/IconCheck';
export { default as IconCopy } from '@tabler/icons-react/icons/IconCopy';
export { default as IconKey } from '@tabler/icons-react/icons/IconKey';
export { default as IconLanguage } from '@tabler/icons-react/icons/IconLanguage';
export { default as IconSignOut } from '@tabler/icons-react/icons/IconLogout';
export { default as IconMoon } from '@tabler/icons-react/icons/IconMoon';
export { default as IconPlus } from '@tabler/icons-react/icons/IconPlus';
export { default as IconSelector } from '@tabler/icons-react/icons/IconSelector';
export { default as IconSun } from '@tabler/icons-react/icons/IconSun';
