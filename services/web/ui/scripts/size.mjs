// Fails when the console weighs more than it may, gzipped: all of it, whatever page is opened first.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 350;
const dist = fileURLToPath(new URL("../dist", import.meta.url));

let total = 0;
for (const file of readdirSync(dist, { recursive: true }).sort()) {
  const path = join(dist, file);
  if (!statSync(path).isFile()) continue;
  const kb = gzipSync(readFileSync(path)).length / 1000;
  total += kb;
  if (kb >= 1) console.log(`${kb.toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(7)} kB  in all, ${LIMIT_KB} kB is the limit`);
if (total > LIMIT_KB) {
  console.error("The console has become too heavy: split off what few need, or drop a dependency.");
  process.exit(1);
}
