// Refreshes the vendored browser modules from npm: `node luochui/web/vendor.mjs`, from the repository's root.
//
// The files are the ones the packages ship, byte for byte; each folder's manifest.json says which, under
// which licence, with which SHA-256. To change a version, change it here and run this again.
// @ts-check
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `notices`: what stands beside the licence and must go wherever the files go.
 * @typedef {{ package: string, version: string, files: Record<string, string>, notices?: string[] }} Vendored
 */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the pages need. @type {Vendored[]} */
const FOR_PAGES = [
  {
    package: "preact",
    version: "11.2.0",
    files: { "preact.mjs": "dist/preact.mjs", "preact-hooks.mjs": "hooks/dist/hooks.mjs" },
  },
  { package: "@preact/signals", version: "2.11.4", files: { "preact-signals.mjs": "dist/signals.mjs" } },
  {
    package: "@preact/signals-core",
    version: "1.14.5",
    files: { "preact-signals-core.mjs": "dist/signals-core.mjs" },
  },
  { package: "htm", version: "3.1.1", files: { "htm.mjs": "dist/htm.mjs" } },
  {
    package: "uplot",
    version: "1.6.32",
    files: { "uplot.js": "dist/uPlot.esm.js", "uplot.css": "dist/uPlot.min.css" },
  },
  {
    package: "swagger-ui-dist",
    version: "5.35.0",
    files: { "swagger-ui.js": "swagger-ui-bundle.js", "swagger-ui.css": "swagger-ui.css" },
    notices: ["NOTICE", "swagger-ui-bundle.js.LICENSE.txt"],
  },
];

/** What only the tests need; never served. @type {Vendored[]} */
const FOR_TESTS = [
  { package: "axe-core", version: "4.14.1", files: { "axe.min.js": "axe.min.js" } },
  {
    package: "socket.io-client",
    version: "4.8.4",
    files: { "socket.io-client.js": "dist/socket.io.esm.min.js" },
  },
];

/**
 * Copies `packages` into `folder` and writes its manifest.
 * @param {string} folder
 * @param {Vendored[]} packages
 */
function vendor(folder, packages) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "licences"), { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "luochui-vendor-"));
  try {
    const manifest = packages.map((wanted) => copyPackage(folder, scratch, wanted));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({ packages: manifest }, null, 2) + "\n");
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/**
 * Unpacks one package and returns its manifest entry.
 * @param {string} folder
 * @param {string} scratch
 * @param {Vendored} wanted
 */
function copyPackage(folder, scratch, wanted) {
  const pack = ["pack", `${wanted.package}@${wanted.version}`, "--pack-destination", scratch, "--silent"];
  const tarball = execFileSync("npm", pack, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  execFileSync("tar", ["xzf", join(scratch, tarball), "-C", scratch]);
  const unpacked = join(scratch, "package");
  const licenceFile = `licences/${wanted.package.replace("@", "").replace("/", "-")}.txt`;
  const legal = ["LICENSE", ...(wanted.notices ?? [])].map((name) => readFileSync(join(unpacked, name), "utf8"));
  writeFileSync(join(folder, licenceFile), legal.join("\n"));
  const files = Object.entries(wanted.files).map(([name, source]) => {
    copyFileSync(join(unpacked, source), join(folder, name));
    return { file: name, source, sha256: sha256(join(folder, name)) };
  });
  const { license } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
  rmSync(unpacked, { recursive: true });
  return {
    package: wanted.package,
    version: wanted.version,
    licence: license,
    licence_file: licenceFile,
    files,
  };
}

/** @param {string} path */
function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

vendor(join(ROOT, "luochui/web/static/vendor"), FOR_PAGES);
vendor(join(ROOT, "tests/e2e/vendor"), FOR_TESTS);
