/** What the commands read of records. */
export { fieldsOf, ownFields, textOf } from '../audit/index.ts';
export type { Fields } from '../audit/index.ts';
