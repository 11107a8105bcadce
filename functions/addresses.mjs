// The shop's address in the scripts of Cloudflare Workers: each script has its variables for itself, and
// one that lacks `BASE_URL` takes the shop for one on the loopback.

/// What is wrong with the scripts' `BASE_URL`s, a list of [script, address]; empty: nothing.
export const faultsOf = (addresses) => {
  const faults = addresses.filter(([, url]) => !url).map(([script]) => `${script}: BASE_URL is empty`);
  const found = new Set(addresses.map(([, url]) => url).filter(Boolean));
  if (found.size > 1) {
    faults.push(`BASE_URL differs: ${addresses.map(([script, url]) => `${script}: ${url || "none"}`).join(", ")}`);
  }
  return faults;
};
