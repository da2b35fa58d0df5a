// The bare limit of cases that answer by themselves: a constant, with nothing around it.

const BODY = JSON.stringify({ status: "ok", service: "auth" });

export default {
  fetch() {
    return new Response(BODY, { headers: { "Content-Type": "application/json" } });
  },
};
