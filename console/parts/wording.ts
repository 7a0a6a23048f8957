/** Says an error to people: the server's words where it answered, ours where it could not. */

import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/request.ts';

export function useWording(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError))
      return t('failure.unexpected', { message: String((error as Error).message ?? error) });
    return error.code === 'UNREACHABLE' ? t('failure.unreachable') : error.message;
  };
}
