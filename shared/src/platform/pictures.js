// The service that makes pictures of pictures, as Rust calls it. What goes in comes from a bucket by handle or is given;
// what comes out stays on this side.

// `[bytes, SHA-256 in hexadecimal]`; rejects with "unbound", "missing", or the service's number and words.
export async function pictureRender(env, bucket, source, transform, output, milliseconds) {
  const images = env.IMAGES;
  if (images === undefined) throw "unbound";
  const made = make(images, bucket, source, JSON.parse(transform), JSON.parse(output));
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject("0 too slow"), milliseconds);
  });
  try {
    return await Promise.race([made, late]);
  } catch (error) {
    throw typeof error === "string" ? error : `${error?.code ?? 0} ${error?.message ?? error}`;
  } finally {
    clearTimeout(timer);
  }
}

async function make(images, bucket, source, transform, output) {
  const stream = await streamOf(bucket, source);
  const result = await images.input(stream).transform(transform).output(output);
  const bytes = new Uint8Array(await result.response().arrayBuffer());
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [bytes, sum.toHex()];
}

// Without a bucket the source is the bytes themselves. They are copied: a view of the module's memory ends with the call.
async function streamOf(bucket, source) {
  if (bucket === undefined) return new Response(source.slice()).body;
  const object = await bucket.get(source);
  if (object === null) throw "missing";
  return object.body;
}
