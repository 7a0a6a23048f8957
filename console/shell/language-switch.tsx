/** Switches to the other language without a reload. */

import { ActionIcon } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeLanguage, LANGUAGES, type Language } from '../languages/language.ts';
import { IconLanguage } from '../parts/icons.ts';

export function LanguageSwitch() {
  const { i18n } = useTranslation();
  const other: Language = i18n.language === 'en' ? 'zh-Hant' : 'en';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      lang={other}
      aria-label={LANGUAGES[other]}
      title={LANGUAGES[other]}
      onClick={() => changeLanguage(other)}
    >
      <IconLanguage size={18} stroke={1.6} />
    </ActionIcon>
  );
}
