// What stands in for R2's S3 interface in a local stack, so that clients write parts into the bucket themselves as they do in
// the cloud: a Worker over the same local bucket that checks each signature by another implementation than ours. Not here: which
// function is told of its address (xtask/src/plan.rs).

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { WorkerPlan } from "./protocol.ts";

/** The variable that says where it listens. */
const VARIABLE = "R2_S3_URL";

/** Its name. */
const NAME = "selvage-bucket-stand-in";

// `PUT /<bucket>/<object>?partNumber=…&uploadId=…` alone: UploadPart of S3, which R2 answers in the same way.
const SCRIPT = `import { AwsV4Signer } from "./aws4fetch.js";
const headers = { "access-control-allow-origin": "*", "access-control-allow-methods": "PUT", "access-control-expose-headers": "ETag" };
const refused = (status, code) => new Response("<Error><Code>" + code + "</Code></Error>", { status, headers });
async function signed(request, env) {
  const url = new URL(request.url);
  const { searchParams: query } = url;
  const [given, stamp] = [query.get("X-Amz-Signature"), query.get("X-Amz-Date")];
  if (given === null || stamp === null) return false;
  const names = (query.get("X-Amz-SignedHeaders") ?? "").split(";").filter((name) => name !== "host");
  const made = Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(Date.now() < made + 1000 * Number(query.get("X-Amz-Expires")))) return false;
  for (const name of ["Signature", "Algorithm", "Credential", "Date", "SignedHeaders"]) query.delete("X-Amz-" + name);
  const signer = new AwsV4Signer({
    method: request.method, url: url.href, headers: names.map((name) => [name, request.headers.get(name) ?? ""]),
    accessKeyId: env.ACCESS, secretAccessKey: env.SECRET, service: "s3", region: "auto", signQuery: true, allHeaders: true, datetime: stamp,
  });
  const { url: wanted } = await signer.sign();
  return wanted.searchParams.get("X-Amz-Signature") === given;
}
export default {
  async fetch(request, env) {
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { ...headers, "access-control-allow-headers": "*" } });
    const { pathname, searchParams } = new URL(request.url);
    if (request.method !== "PUT") return refused(405, "MethodNotAllowed");
    if (!(await signed(request, env))) {
      // Whoever sends a long body reads no reply before its end.
      await request.body?.pipeTo(new WritableStream());
      return refused(403, "SignatureDoesNotMatch");
    }
    const object = decodeURIComponent(pathname.split("/").slice(2).join("/"));
    const upload = env.UPLOADS.resumeMultipartUpload(object, searchParams.get("uploadId"));
    const { etag } = await upload.uploadPart(Number(searchParams.get("partNumber")), request.body);
    return new Response(null, { headers: { ...headers, etag: '"' + etag + '"' } });
  },
};`;

/** The Worker, where the variables of one lead to this machine; over the bucket of that one. */
export function bucketStandIns(workers: readonly { plan: WorkerPlan; worker: unknown }[]) {
  const led = workers.find(({ plan }) => plan.vars[VARIABLE]?.startsWith("http://127.0.0.1:"));
  if (led === undefined) return [];
  const { vars } = led.plan;
  const { r2Buckets } = led.worker as { r2Buckets: Record<string, string> };
  const library = createRequire(import.meta.url)
    .resolve("aws4fetch")
    .replace(/\.cjs\.js$/, ".esm.js");
  return [
    {
      name: NAME,
      compatibilityDate: "2026-11-01",
      modules: [
        { type: "ESModule" as const, path: "bucket.js", contents: SCRIPT },
        { type: "ESModule" as const, path: "aws4fetch.js", contents: readFileSync(library, "utf8") },
      ],
      bindings: { ACCESS: vars["R2_ACCESS_KEY_ID"] ?? "", SECRET: vars["R2_SECRET_ACCESS_KEY"] ?? "" },
      r2Buckets,
      unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(new URL(vars[VARIABLE] ?? "").port) }],
    },
  ];
}
