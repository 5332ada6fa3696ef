/** The catalogue cannot do what the configuration asks for. */
export class CatalogueError extends Error {
  readonly code: 'unknown_provider';
  constructor(code: CatalogueError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CatalogueError';
    this.code = code;
  }
}
