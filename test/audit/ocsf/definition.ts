/** How the tables of this folder say what OCSF 1.8.0 demands; `validate.ts` reads them, and nothing of the product does. */

/** What a value of an attribute is: a plain type, or an object by the name of its definition. */
export type ValueType = 'string' | 'integer' | 'boolean' | 'timestamp' | 'json' | ObjectName;

export type ObjectName =
  | 'actor'
  | 'api'
  | 'finding_info'
  | 'managed_entity'
  | 'metadata'
  | 'network_endpoint'
  | 'policy'
  | 'product'
  | 'request'
  | 'resource_details'
  | 'service'
  | 'user';

export interface AttributeType {
  readonly is: ValueType;
  readonly isList?: true;
}

/** Captions by id. Of an id that is not here no record may say anything. */
export type Enum = Readonly<Record<number, string>>;

/** An object, or a class without what every class has. */
export interface Definition {
  /** Every name that may stand there. */
  readonly allowed: readonly string[];
  readonly required?: readonly string[];
  readonly atLeastOne?: readonly string[];
  readonly enums?: Readonly<Record<string, Enum>>;
}

export interface ClassDefinition extends Definition {
  readonly caption: string;
  readonly category: number;
  readonly categoryCaption: string;
}

/** Names in a row. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
