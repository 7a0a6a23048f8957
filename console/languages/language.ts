/** The languages of the console, each a catalogue that is loaded when it is wanted. */

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { en } from './en.ts';

/** Traditional Chinese is what all Chinese browsers get: there is no other Chinese here. */
export const LANGUAGES = { en: 'English', 'zh-Hant': '繁體中文' } as const;
export type Language = keyof typeof LANGUAGES;

type Translated<Part> = Part extends string ? string : { readonly [Key in keyof Part]: Translated<Part[Key]> };
/** Every catalogue has each text of the English one. */
export type Catalogue = Translated<typeof en>;

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const STORED = 'plinth:language';

const CATALOGUES: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import('./en.ts')).en,
  'zh-Hant': async () => (await import('./zh-hant.ts')).zhHant,
};

/** To be awaited before anything is shown. */
export async function openLanguage(): Promise<void> {
  const language = wanted();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await CATALOGUES[language]() } },
    fallbackLng: false,
    interpolation: { escapeValue: false }, // React does
  });
  document.documentElement.lang = language;
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  i18next.addResourceBundle(language, 'translation', await CATALOGUES[language]());
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

function wanted(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored !== null && stored in LANGUAGES) return stored as Language;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-Hant' : 'en';
}
