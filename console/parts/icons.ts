/** The icons in use. Each is imported from its own file: the index of the package lists six thousand. */

export { default as IconAlert } from '@tabler/icons-react/icons/IconAlertTriangle';
export { default as IconDescending } from '@tabler/icons-react/icons/IconArrowDown';
export { default as IconBack } from '@tabler/icons-react/icons/IconArrowLeft';
export { default as IconAscending } from '@tabler/icons-react/icons/IconArrowUp';
export { default as IconBook } from '@tabler/icons-react/icons/IconBook2';
export { default as IconPlayground } from '@tabler/icons-react/icons/IconBrandGraphql';
export { default as IconCheck } from '@tabler/icons-react/icons/IconCheck';
export { default as IconCopy } from '@tabler/icons-react/icons/IconCopy';
export { default as IconDots } from '@tabler/icons-react/icons/IconDots';
export { default as IconQuestion } from '@tabler/icons-react/icons/IconHelpCircle';
export { default as IconHistory } from '@tabler/icons-react/icons/IconHistory';
export { default as IconKey } from '@tabler/icons-react/icons/IconKey';
export { default as IconLanguage } from '@tabler/icons-react/icons/IconLanguage';
export { default as IconSignOut } from '@tabler/icons-react/icons/IconLogout';
export { default as IconMoon } from '@tabler/icons-react/icons/IconMoon';
export { default as IconPlus } from '@tabler/icons-react/icons/IconPlus';
export { default as IconSettings } from '@tabler/icons-react/icons/IconSettings';
export { default as IconRoles } from '@tabler/icons-react/icons/IconShieldLock';
export { default as IconModel } from '@tabler/icons-react/icons/IconSitemap';
export { default as IconSun } from '@tabler/icons-react/icons/IconSun';
export { default as IconRecords } from '@tabler/icons-react/icons/IconTable';
export { default as IconTrash } from '@tabler/icons-react/icons/IconTrash';
export { default as IconUsers } from '@tabler/icons-react/icons/IconUsers';
export { default as IconCross } from '@tabler/icons-react/icons/IconX';
