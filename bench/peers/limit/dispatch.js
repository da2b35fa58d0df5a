// The bare limit of a gateway: one service binding, by handle there and back.

export default {
  fetch(request, env) {
    return env.AUTH.fetch(request);
  },
};
