// What goes out of a bucket, as Rust calls it: pieces of an object as one stream, by handle, and what lies there.

// Pieces of an object, each behind a text. `places` are `offset,length` with semicolons between, `texts` one for each
// and one behind the last, with NUL between. Undefined where there is no such object. No byte of the object is looked at.
export async function objectOut(bucket, name, places, texts, total) {
  const ranges = places.split(";").map((place) => {
    const [offset, length] = place.split(",").map(Number);
    return { offset, length };
  });
  const first = await bucket.get(name, { range: ranges[0] });
  if (first === null) return undefined;
  if (ranges.length === 1) return first.body;
  const { readable, writable } = new FixedLengthStream(total);
  pour(bucket, name, first, ranges, texts.split("\0"), writable).catch((error) =>
    writable.abort(error).catch(() => {}),
  );
  return readable;
}

async function pour(bucket, name, first, ranges, texts, writable) {
  const encoder = new TextEncoder();
  const say = async (text) => {
    const writer = writable.getWriter();
    await writer.write(encoder.encode(text));
    writer.releaseLock();
  };
  for (let i = 0; i < ranges.length; i++) {
    await say(texts[i]);
    const object = i === 0 ? first : await bucket.get(name, { range: ranges[i] });
    if (object === null) throw new Error("the object is gone");
    await object.body.pipeTo(writable, { preventClose: true });
  }
  await say(texts[ranges.length]);
  await writable.close();
}

// What lies in a bucket behind this name, in the order of names: `name\tlength\tmilliseconds`, a line each. An empty line
// behind them says that there is more.
export async function objectsList(bucket, after, limit) {
  const list = await bucket.list({ limit, ...(after === "" ? {} : { startAfter: after }) });
  const lines = list.objects.map(({ key, size, uploaded }) => `${key}\t${size}\t${uploaded.getTime()}`);
  return lines.join("\n") + (list.truncated ? "\n" : "");
}
