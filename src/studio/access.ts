import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { hostname, networkInterfaces } from "node:os";
import type { Problem } from "./protocol.ts";

/** A refusal: the status to answer with, and why. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 421;
  readonly problem: Problem;
}

/** Hosts that reach this machine alone. */
export const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

/**
 * Who may ask what of the studio. A page of another origin must not read it (DNS rebinding: the Host
 * is checked), not change it (the Origin is checked), and no one without the token of this start may
 * see anything but the page itself.
 */
export class Access {
  /** 256 bits, for the link: exchanged once for the cookie. */
  readonly token: string = randomBytes(32).toString("hex");
  readonly #session: string = randomBytes(32).toString("hex");
  readonly #hosts: ReadonlySet<string>;
  readonly #cookie: string;

  constructor(host: string, port: number) {
    const names = new Set([...loopback, host, ...(isWildcard(host) ? ownNames() : [])]);
    const shown = [...names].map((name) => (name.includes(":") ? `[${name}]` : name));
    // A browser leaves out the port that http has anyway.
    this.#hosts = new Set(
      shown.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]),
    );
    // Cookies do not know ports: two studios on one machine must not overwrite each other's.
    this.#cookie = `nadir-${port}`;
  }

  /** Whether the request speaks to this server by a name that is its own, from a page of its own. */
  refuseOrigin({ method = "GET", headers }: IncomingMessage, upgrade = false): Refusal | undefined {
    const { host = "", origin } = headers;
    if (!this.#hosts.has(host.toLowerCase())) {
      return refusal(421, "studio/host", "this server does not answer to that host name", {
        hint: "open the link that nadir studio printed",
      });
    }
    const reads = (method === "GET" || method === "HEAD") && !upgrade;
    const own = origin?.toLowerCase() === `http://${host.toLowerCase()}`;
    if (reads ? origin !== undefined && !own : !own) {
      return refusal(403, "studio/origin", "the request comes from a page of another origin");
    }
    const site = headers["sec-fetch-site"];
    const navigates = headers["sec-fetch-mode"] === "navigate";
    if (site !== undefined && site !== "same-origin" && site !== "none" && !(reads && navigates)) {
      return refusal(403, "studio/origin", "the request comes from a page of another site");
    }
    return undefined;
  }

  /** Whether the request carries the cookie that the token was exchanged for. */
  refuseStranger({ headers }: IncomingMessage): Refusal | undefined {
    const prefix = `${this.#cookie}=`;
    const given = (headers.cookie ?? "").split(/;\s*/).find((pair) => pair.startsWith(prefix));
    if (given !== undefined && equal(given.slice(prefix.length), this.#session)) return undefined;
    return refusal(401, "studio/session", "this browser has no session with the studio", {
      hint: "open the link that nadir studio printed when it started",
    });
  }

  /** The Set-Cookie line for who knows the token; undefined for who does not. */
  exchange(token: unknown): string | undefined {
    if (typeof token !== "string" || !equal(token, this.token)) return undefined;
    return `${this.#cookie}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }
}

/** In a time that does not tell how much of it was right: hashes have one length. */
function equal(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

const ownNames = (): string[] => [
  hostname(),
  ...Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
];

export const refusal = (
  status: Refusal["status"],
  code: string,
  message: string,
  more: Pick<Problem, "expected" | "hint"> = {},
): Refusal => ({ status, problem: { code, message, ...more } });
