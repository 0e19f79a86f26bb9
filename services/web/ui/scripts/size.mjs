// Fails when the first load of the console's heaviest page weighs more than it may, gzipped.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 350;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** Every file that loading `key` brings with it, beyond those already in `files`. */
function collect(key, files) {
  const chunk = manifest[key];
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  for (const imported of chunk.imports ?? [])
    if (!files.has(manifest[imported].file)) collect(imported, files);
  return files;
}

const kb = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0) / 1000;

const always = ["index.html", "color-scheme.js", "favicon.svg"];
const entry = collect("index.html", new Set(always));
const routes = (manifest["index.html"].dynamicImports ?? []).map((key) => [
  key,
  kb(collect(key, new Set(entry))),
]);
console.log(`entry ${kb(entry).toFixed(1)} kB`);
for (const [key, size] of routes) console.log(`  with ${key}: ${size.toFixed(1)} kB`);

const everything = new Set(always);
for (const key of Object.keys(manifest)) collect(key, everything);
const all = kb(everything);
console.log(`all routes together ${all.toFixed(1)} kB, limit ${LIMIT_KB} kB (gzipped)`);
if (all > LIMIT_KB) {
  console.error("The console has become too heavy. Split it by route or drop a dependency.");
  process.exit(1);
}
