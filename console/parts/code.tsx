/** A text for machines, to be copied. */

import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy.tsx';
import { Scrolling } from './scrolling.tsx';

export function Code({ text, label, isWrapped = false }: { text: string; label?: string; isWrapped?: boolean }) {
  const { t } = useTranslation();
  return (
    <div style={{ position: 'relative' }}>
      <Scrolling className={isWrapped ? 'code code-wrap' : 'code'} label={label ?? t('common.code')}>
        {text}
      </Scrolling>
      <div style={{ position: 'absolute', top: 6, right: 6 }}>
        <CopyButton text={text} isSmall />
      </div>
    </div>
  );
}
