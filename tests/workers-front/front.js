// What the platform's routes do, for the developer's own machine: `wrangler dev` runs several scripts
// in one process, and only the first of them can be reached. Never deployed.
export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/payments/stripe/webhook") return env.PAYMENTS.fetch(request);
    if (pathname === "/mail/v1/events") return env.MAIL.fetch(request);
    if (pathname.startsWith("/staff/")) return env.BACKOFFICE.fetch(request);
    return env.STOREFRONT.fetch(request);
  },
};
