/** What every reply carries: nothing from elsewhere, nothing inline, no frame around it, no guessing of types. */
const everywhere = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
} as const;

const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** Of the worker that turns a loss into a kernel and runs it: code from text, and no word to anyone. */
const kernelPolicy = "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'none'";

/** The one script whose own policy allows generated code. */
const KERNEL = "/kernel.js";

/** The headers of the reply to a path. */
export const headersFor = (path: string): Readonly<Record<string, string>> => ({
  ...everywhere,
  "Content-Security-Policy": path === KERNEL ? kernelPolicy : pagePolicy,
});
