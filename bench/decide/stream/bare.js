// The response by handle: what forwarding costs when nobody looks.

export default {
  fetch(request, env) {
    return fetch(env.UPSTREAM, request);
  },
};
