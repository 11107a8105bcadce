// The way between the storefront and the objects that it asks, when a drill wants to break it: the
// storefront binds the classes of this script in the place of the real ones, and every question goes over
// HTTP through a fault proxy, which leads back to this script, and on to the real object.
//
// Tests alone have it; in production nothing lies between.
import { DurableObject } from "cloudflare:workers";

// What a landing adds to a path, on the shop's own port.
const PREFIX = "/.way";

// As `Origin` of the origin's script: bytes in, bytes out.
export class Origin extends DurableObject {
  async ask(method, path, traceparent, body) {
    const url = `${this.env.ORIGIN_WAY}${PREFIX}/origin/${encodeURIComponent(this.ctx.id.name)}`;
    const headers = { "way-method": method, "way-path": path, traceparent };
    const response = await fetch(url, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`the way to the origin: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

// As `Availability` of the origin's script, as far as the storefront asks it.
export class Availability extends DurableObject {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    return fetch(`${this.env.BOARD_WAY}${PREFIX}/board${pathname}`);
  }
}

// Where a way ends.
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [goal, ...rest] = pathname.slice(PREFIX.length + 1).split("/");
    if (goal === "board") {
      const object = env.REAL_AVAILABILITY.getByName("availability");
      return object.fetch(`https://availability.souk.invalid/${rest.join("/")}`);
    }
    const object = env.REAL_ORIGIN.getByName(decodeURIComponent(rest[0]));
    const [method, path] = ["way-method", "way-path"].map((name) => request.headers.get(name));
    const body = new Uint8Array(await request.arrayBuffer());
    const traceparent = request.headers.get("traceparent") ?? "";
    return new Response(await object.ask(method, path, traceparent, body));
  },
};
