/** For forms whose values are not in a `useForm`: submits without reloading the page. */

import type { FormEvent } from 'react';

export function preventReload(submit: () => void) {
  return (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
}
