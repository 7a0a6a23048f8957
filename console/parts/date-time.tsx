/** A date, and optionally the time, in the format of the language. */

import { useTranslation } from 'react-i18next';

export function DateTime({ at, isPrecise = false }: { at: string; isPrecise?: boolean }) {
  const { i18n } = useTranslation();
  const style: Intl.DateTimeFormatOptions = isPrecise
    ? { dateStyle: 'medium', timeStyle: 'medium' }
    : { dateStyle: 'medium' };
  return (
    <time dateTime={at} title={new Date(at).toLocaleString(i18n.language)} className="moment">
      {new Intl.DateTimeFormat(i18n.language, style).format(new Date(at))}
    </time>
  );
}
