// Templates: htm bound to Preact, so that markup needs no compiler.
// @ts-check
import htm from "htm";
import { h } from "preact";

export const html = htm.bind(h);
