// What the page's address says.
// @ts-check

/** Returns the lot that the address names: its last part. */
export function lotIdHere() {
  return decodeURIComponent(location.pathname.split("/").at(-1) ?? "");
}
