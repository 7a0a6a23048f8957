/** A block of code with a copy button. */

import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy.tsx';
import { ScrollRegion } from './scroll-region.tsx';

type CodeBlockProps = {
  /** The text that is copied. */
  text: string;
  /** The text that is shown, if it is formatted differently. */
  shown?: string;
  label?: string;
  isWrapped?: boolean;
};

export function CodeBlock({ text, shown = text, label, isWrapped = false }: CodeBlockProps) {
  const { t } = useTranslation();
  return (
    <div style={{ position: 'relative' }}>
      <ScrollRegion className={isWrapped ? 'code code-wrap' : 'code'} label={label ?? t('common.code')}>
        {shown}
      </ScrollRegion>
      <div style={{ position: 'absolute', top: 6, right: 6 }}>
        <CopyButton text={text} isSmall />
      </div>
    </div>
  );
}
