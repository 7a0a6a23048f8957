/** How names go from the APIs to Postgres and back. */

/**
 * `domainName` → `domain_name`, `address2` → `address2`. Names that don't come back with `camelCase` get a smart tag.
 */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');
}

/** `domain_name` → `domainName`. */
export function camelCase(name: string): string {
  return name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/_+$/, '');
}

export function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `jobTitle` → `Job Title`. */
export function labelOf(name: string): string {
  return upperFirst(name.replace(/([a-z0-9])([A-Z])/g, '$1 $2'));
}
