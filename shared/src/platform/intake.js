// Bodies on their way into a bucket, without passing through Rust: whole, or piece by piece as they come. Bytes are read
// into one buffer and digested by the runtime, so memory stays flat however long a body is.

// A read's bytes at most: few turns for a long body.
const READ = 512 * 1024;

class Intake {
  constructor(body) {
    this.reader = body?.getReader({ mode: "byob" });
    this.end = body === null ? "done" : "more";
    this.buffer = body === null ? null : new ArrayBuffer(READ);
    this.reading = null;
    this.rest = null;
    this.piece = null;
    this.length = 0;
    this.digest = null;
    this.sum = null;
  }

  // The bytes that are there next; null at the end, however it came. What is given is good until the next call.
  async chunk() {
    if (this.rest !== null) {
      const { rest } = this;
      this.rest = null;
      return rest;
    }
    if (this.end !== "more") return null;
    this.reading ??= this.read();
    const chunk = await this.reading;
    this.reading = null;
    return chunk;
  }

  async read() {
    try {
      const { done, value } = await this.reader.read(new Uint8Array(this.buffer));
      if (value !== undefined) this.buffer = value.buffer;
      if (!done) return value;
      this.end = "done";
    } catch {
      this.end = "broken";
    }
    return null;
  }

  // The same; undefined when nothing has come by then. What comes later the next call gives.
  async chunkWithin(milliseconds) {
    if (this.rest !== null || this.end !== "more") return this.chunk();
    this.reading ??= this.read();
    let timer;
    const late = new Promise((done) => {
      timer = setTimeout(() => done(undefined), milliseconds);
    });
    const chunk = await Promise.race([this.reading, late]);
    clearTimeout(timer);
    if (chunk !== undefined) this.reading = null;
    return chunk;
  }

  async fill(most, milliseconds, last) {
    if (this.piece === null || this.piece.length < most) this.piece = new Uint8Array(most);
    const until = Date.now() + milliseconds;
    this.length = 0;
    while (this.length < most) {
      const left = until - Date.now();
      const chunk = left > 0 ? await this.chunkWithin(left) : undefined;
      if (chunk === null) break;
      if (chunk === undefined) {
        // A slow client: what there is becomes a piece. One that sends nothing at all has left, as far as we can tell.
        if (this.length === 0) this.end = "broken";
        break;
      }
      const taken = chunk.length > most - this.length ? chunk.subarray(0, most - this.length) : chunk;
      this.piece.set(taken, this.length);
      this.length += taken.length;
      if (taken.length < chunk.length) this.rest = chunk.subarray(taken.length);
    }
    // Whether the body ends where the upload does.
    if (last && this.length === most && this.rest === null) this.rest = (await this.chunkWithin(milliseconds)) ?? null;
    if (this.sum !== null && this.length > 0) await this.sum.write(this.piece.slice(0, this.length));
    return `${this.length} ${this.end}`;
  }
}

// A request's body; `bytes` are what was read of it before, if it was.
export function intake(request, bytes) {
  return new Intake(bytes === undefined ? request.body : new Response(bytes).body);
}

// From now on what is filled is digested, too.
export function intakeSum(intake, algorithm) {
  intake.digest = new crypto.DigestStream(algorithm);
  intake.sum = intake.digest.getWriter();
}

export async function intakeSummed(intake) {
  await intake.sum.close();
  return new Uint8Array(await intake.digest.digest);
}

// Fills a piece of at most `most` bytes: `<bytes> <more|done|broken>`.
export function intakeFill(intake, most, milliseconds, last) {
  return intake.fill(most, milliseconds, last);
}

// Puts the piece that was filled into an object.
export async function intakePut(intake, bucket, name) {
  await bucket.put(name, intake.piece.subarray(0, intake.length));
}

// SHA-256 of the piece that was filled, in hexadecimal.
export async function intakeSha(intake) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", intake.piece.subarray(0, intake.length))).toHex();
}

// Puts a whole body, which has `length` bytes, into an object; its SHA-256 in hexadecimal. Rejects with "short", "long" or
// "broken" where the body is not what was said.
export function intakeWhole(intake, bucket, name, length) {
  return pour(bucket, name, length, async (write) => {
    for (let chunk = await intake.chunk(); chunk !== null; chunk = await intake.chunk()) await write(chunk);
    if (intake.end === "broken") throw "broken";
  }).then(({ sha256 }) => sha256);
}

// Writes objects one behind the other into a new one; its SHA-256 and MD5 in hexadecimal. Rejects with "missing" when one
// of them is gone.
export async function objectsJoin(bucket, name, names, length) {
  const { sha256, md5 } = await pour(bucket, name, length, async (write) => {
    let buffer = new ArrayBuffer(READ);
    for (const part of names) {
      const object = await bucket.get(part);
      if (object === null) throw "missing";
      const reader = object.body.getReader({ mode: "byob" });
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(buffer));
        if (value !== undefined) buffer = value.buffer;
        if (done) break;
        await write(value);
      }
    }
  });
  return `${sha256} ${md5}`;
}

// Streams into an object what `fill` writes: each write waits for the bucket.
async function pour(bucket, name, length, fill) {
  const { readable, writable } = new FixedLengthStream(length);
  const to = writable.getWriter();
  const digest = new crypto.DigestStream("SHA-256");
  const sum = digest.getWriter();
  let at = 0;
  const filling = async () => {
    await fill((chunk) => {
      at += chunk.length;
      if (at > length) throw "long";
      return Promise.all([to.write(chunk), sum.write(chunk)]);
    });
    if (at < length) throw "short";
    await Promise.all([to.close(), sum.close()]);
  };
  const filled = filling().catch((error) => {
    to.abort(error).catch(() => {});
    sum.abort(error).catch(() => {});
    digest.digest.catch(() => {});
    throw error;
  });
  const [, put] = await Promise.all([filled, bucket.put(name, readable)]);
  const md5 = put.checksums.md5;
  return { sha256: new Uint8Array(await digest.digest).toHex(), md5: md5 === undefined ? "" : new Uint8Array(md5).toHex() };
}

// SHA-256 of an object, in hexadecimal; undefined where there is none. It is read by the runtime alone.
export async function objectSha(bucket, name) {
  const object = await bucket.get(name);
  if (object === null) return undefined;
  const digest = new crypto.DigestStream("SHA-256");
  await object.body.pipeTo(digest);
  return `${new Uint8Array(await digest.digest).toHex()} ${object.size}`;
}

// An upload to R2 in parts that clients write themselves; its id.
export async function multipartBegin(bucket, name) {
  return (await bucket.createMultipartUpload(name)).uploadId;
}

// Makes the object of its parts: `[{ partNumber, etag }, …]` in JSON.
export async function multipartEnd(bucket, name, id, parts) {
  await bucket.resumeMultipartUpload(name, id).complete(JSON.parse(parts));
}

export async function multipartAbort(bucket, name, id) {
  await bucket.resumeMultipartUpload(name, id).abort();
}
