// Secrets that are made on the first start and kept, readable by their owner alone.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

export function secret(file) {
  try {
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8");
}
