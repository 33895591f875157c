// Who is signed in, asked once per page.
// @ts-check
import { signal } from "@preact/signals";
import { ask, get, Problem } from "./api.js";

/** The session, null for nobody, undefined while the answer is on its way. */
export const session = signal(/** @type {import("./wire.js").Session|null|undefined} */ (undefined));

/** @type {Promise<void>|undefined} */
let asked;

/** Asks who is signed in; asks again after an answer that did not come. */
export function loadSession() {
  asked ??= get("/session").then(
    (known) => {
      session.value = known;
    },
    (error) => {
      if (error instanceof Problem && error.status === 401) {
        session.value = null;
        return;
      }
      asked = undefined;
      setTimeout(loadSession, 2000);
    },
  );
  return asked;
}

/** @param {import("./wire.js").Role} role */
export function has(role) {
  return session.value?.roles.includes(role) ?? false;
}

/** Signs out and goes to the catalogue. */
export async function signOut() {
  await ask("DELETE", "/session").catch(() => null);
  location.assign("/");
}

/** Returns the address of the sign-in page that leads back here. */
export function signInAddress() {
  return `/login?next=${encodeURIComponent(location.pathname)}`;
}

/** Where each role works; the first role that has a place decides where signing in leads. */
export const HOMES = /** @type {const} */ ({
  auctioneer: "/console",
  settlement: "/settlement",
  supervisor: "/supervision",
  owner: "/owner",
  bidder: "/",
  observer: "/",
});

/**
 * Returns where to go after signing in: `next` if it is an address of this site, else the role's own place.
 * @param {string|null} next
 * @param {import("./wire.js").Role[]} roles
 */
export function afterSignIn(next, roles) {
  if (next && next.startsWith("/")) {
    const target = new URL(next, location.origin); // "//elsewhere" and "/\elsewhere" resolve elsewhere.
    if (target.origin === location.origin) return target.pathname + target.search;
  }
  return roles.map((role) => HOMES[role]).find(Boolean) ?? "/";
}
