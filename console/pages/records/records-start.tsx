/** Where there is no object whose records could be shown; else `/records` leads to the first (router.tsx). */

import { useTranslation } from 'react-i18next';
import { Empty } from '../../parts/empty.tsx';

export function RecordsStart() {
  const { t } = useTranslation();
  return <Empty title={t('model.noObjects')} />;
}
