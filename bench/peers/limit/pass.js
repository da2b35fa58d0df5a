// The bare limit of cases that call an upstream: the request goes on by handle, and so does the answer.

export default {
  fetch(request, env) {
    return fetch(`${env.UPSTREAM}/v1/chat/completions`, request);
  },
};
