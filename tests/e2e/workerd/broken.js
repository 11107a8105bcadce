// A build of the storefront that crashes with every request.
export default {
  async fetch() {
    throw new Error("this build is broken");
  },
};
