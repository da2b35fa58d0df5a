// Stands in for the runtime's rate-limit binding, which raw workerd does not have: counts in
// memory and allows. The functions and the JS peers are both given this very module.

const PERIOD_MS = 60_000;
let began = 0;
let counts = new Map();

export default function makeLimiter() {
  return {
    async limit({ key }) {
      const now = Date.now();
      if (now - began > PERIOD_MS) {
        began = now;
        counts = new Map();
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= Number.MAX_SAFE_INTEGER };
    },
  };
}
