// KV and R2, as Rust calls them: values in, values out, no handles kept.

// Some bytes of an object in a bucket; undefined where there is no such object.
export async function objectPart(bucket, name, offset, length) {
  const part = await bucket.get(name, { range: { offset, length } });
  return part === null ? undefined : new Uint8Array(await part.arrayBuffer());
}

export async function kvGet(namespace, key) {
  return namespace.get(key);
}

export async function kvPut(namespace, key, value, seconds) {
  await namespace.put(key, value, { expirationTtl: seconds });
}

export async function bucketGet(bucket, name) {
  const object = await bucket.get(name);
  return object === null ? undefined : object.text();
}

// Keeps a text under a name; where `once`, only a name that is free. Whether it was kept (RFC 9110 §13.1.2).
export async function bucketPut(bucket, name, text, once) {
  const options = once ? { onlyIf: new Headers({ "If-None-Match": "*" }) } : {};
  return (await bucket.put(name, text, options)) !== null;
}

export async function objectPut(bucket, name, bytes) {
  await bucket.put(name, bytes);
}

export async function objectsDelete(bucket, names) {
  await bucket.delete(names);
}

// An object's bytes as a stream; undefined where there is no such object.
export async function objectBody(bucket, name) {
  const object = await bucket.get(name);
  return object === null ? undefined : object.body;
}
