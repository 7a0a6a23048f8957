/** Another language, at once and without leaving the page. */

import { ActionIcon, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeLanguage, LANGUAGES, type Language } from '../languages/language.ts';
import { IconLanguage } from '../parts/icons.ts';

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="top-end" width={160}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('shell.language')}>
          <IconLanguage size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([language, name]) => (
          <Menu.Item
            key={language}
            lang={language}
            fw={i18n.language === language ? 600 : 400}
            onClick={() => changeLanguage(language as Language)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
