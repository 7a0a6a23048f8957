/** A text for machines, to be copied. */

import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy.tsx';
import { Scrolling } from './scrolling.tsx';

type CodeProps = {
  /** What is copied. */
  text: string;
  /** The same for people to read, where that is written differently. */
  shown?: string;
  label?: string;
  isWrapped?: boolean;
};

export function Code({ text, shown = text, label, isWrapped = false }: CodeProps) {
  const { t } = useTranslation();
  return (
    <div style={{ position: 'relative' }}>
      <Scrolling className={isWrapped ? 'code code-wrap' : 'code'} label={label ?? t('common.code')}>
        {shown}
      </Scrolling>
      <div style={{ position: 'absolute', top: 6, right: 6 }}>
        <CopyButton text={text} isSmall />
      </div>
    </div>
  );
}
