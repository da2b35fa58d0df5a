// The bare limit of files: bytes from the request into the bucket and from the bucket into the reply, by handle. It knows
// nobody, checks nothing and keeps no record.

export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    if (request.method === "PUT") {
      await env.UPLOADS.put(name, request.body);
      return new Response(null, { status: 204 });
    }
    const object = await env.UPLOADS.get(name);
    return object === null ? new Response(null, { status: 404 }) : new Response(object.body);
  },
};
