// The plugin of this project, as it is built. `install` links this file into the other versions' folders, so that the
// path holds there too.
export { verifier } from "../../plugin/dist/index.js";
