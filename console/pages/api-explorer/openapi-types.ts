/** The parts of an OpenAPI document that the console reads or changes. */

export type OpenApiDocument = {
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
};
export type Operation = { parameters?: Parameter[]; [key: string]: unknown };
export type Parameter = { name?: string; in?: string; $ref?: string; schema?: object; example?: unknown };
