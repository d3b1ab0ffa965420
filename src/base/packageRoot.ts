/**
 * URL of the folder that holds nadir's package.json, with a slash at its end: the same from `src/`, from
 * `dist/`, and from whatever file a build puts this in there.
 */
export const packageRoot = import.meta.url.replace(/\/(src|dist)\/(?!.*\/(src|dist)\/).*$/, "/");

/** Is this a place in nadir's own code? With source maps on, frames of dist/ name the files of src/. */
export const isOwnCode = (url: string): boolean =>
  url.startsWith(`${packageRoot}src/`) || url.startsWith(`${packageRoot}dist/`);
