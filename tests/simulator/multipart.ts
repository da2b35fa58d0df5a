// Forms as browsers and SDKs send them (RFC 7578), as far as uploads of one file need it.

import { Refusal } from "./dialect.ts";

/** One uploaded file. */
export interface FormFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** The parts of a form; of several fields with one name the last counts. */
export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, FormFile>>;
}

const GAP = Buffer.from("\r\n\r\n");

/** The form in `body`, or `null` where `contentType` says it is none; throws a 400 for a torn one. */
export function readForm(contentType: string | undefined, body: Buffer): Form | null {
  if (contentType === undefined || !/^multipart\/form-data/i.test(contentType)) return null;
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new Refusal(400, "The form has no boundary.");
  const mark = Buffer.from(`--${boundary}`);
  const fields: Record<string, string> = {};
  const files: Record<string, FormFile> = {};
  let from = body.indexOf(mark);
  while (from >= 0) {
    const start = from + mark.length;
    const next = body.indexOf(mark, start);
    if (next < 0) break;
    // Between the line end after the boundary and the one before the next.
    addPart(body.subarray(start + 2, next - 2), fields, files);
    from = next;
  }
  if (body.indexOf(`--${boundary}--`) < 0) throw new Refusal(400, "The form is not closed.");
  return { fields, files };
}

function addPart(part: Buffer, fields: Record<string, string>, files: Record<string, FormFile>): void {
  const gap = part.indexOf(GAP);
  if (gap < 0) throw new Refusal(400, "A part of the form has no head.");
  const head = part.subarray(0, gap).toString("utf8");
  const bytes = part.subarray(gap + GAP.length);
  const name = /[; ]name="([^"]*)"/i.exec(head)?.[1];
  if (name === undefined) throw new Refusal(400, "A part of the form has no name.");
  const file = /filename="([^"]*)"/i.exec(head)?.[1];
  const type = /^content-type:\s*(\S+)/im.exec(head)?.[1] ?? "application/octet-stream";
  const plain = name.replace(/\[\]$/, "");
  if (file === undefined) fields[plain] = bytes.toString("utf8");
  else files[plain] = { name: file, type, bytes };
}

/** What the journal keeps of a form: fields as they are, files by name and size. */
export function formSummary(form: Form): Record<string, unknown> {
  const files = Object.entries(form.files).map(([name, { name: filename, type, bytes }]) => [
    name,
    { filename, type, bytes: bytes.length },
  ]);
  return { ...form.fields, ...Object.fromEntries(files) };
}
