// Lets the runtime call the methods of a class of objects: it does so for subclasses of its own
// `DurableObject` only, and `wasm-bindgen` makes a class of Rust no subclass of anything.

import { DurableObject } from "cloudflare:workers";
// The script's own classes, as `wasm-bindgen` lays them beside the folder with this file.
import * as script from "../../../index.js";

// Called when the classes exist, and before the runtime looks at them.
export function openToCalls(name) {
  Object.setPrototypeOf(script[name], DurableObject);
  Object.setPrototypeOf(script[name].prototype, DurableObject.prototype);
}
