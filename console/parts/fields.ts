/** The values of a form, and what connects each to its input. */

import { type ChangeEvent, type FormEvent, useState } from 'react';

type Changed = ChangeEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>;

export function useFields<Values extends Record<string, unknown>>(initial: Values) {
  const [values, setValues] = useState(initial);
  const set = <Name extends keyof Values>(name: Name, value: Values[Name]) =>
    setValues((before) => ({ ...before, [name]: value }));
  return {
    values,
    set,
    text: <Name extends keyof Values & string>(name: Name) => ({
      name,
      value: values[name] as string,
      onChange: ({ currentTarget }: Changed) => set(name, currentTarget.value as Values[Name]),
    }),
    checkbox: <Name extends keyof Values & string>(name: Name) => ({
      name,
      checked: values[name] as boolean,
      onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement>) => set(name, currentTarget.checked as Values[Name]),
    }),
  };
}

/** For `onSubmit`: the page stays where it is. */
export function submitting(submit: () => void) {
  return (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
}
