/** The library by a static import, which a bundler binds by name; this file is what is loaded lazily. */
export { cosmiconfig as construct } from 'cosmiconfig';
