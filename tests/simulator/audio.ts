// OpenAI's routes for sound: speech from text, text from speech. The sound is noise of a length that tests can
// foretell: one second of it, and of an upload, is 1,000 bytes.

import type { JsonObject, SseEvent, Usage } from "./dialect.ts";
import { checkModel, Refusal } from "./dialect.ts";
import { type Body, type Job, jsonOf, noStream, type ProviderRequest } from "./job.ts";
import { spent } from "./media.ts";
import { readModel } from "./request.ts";
import type { Script } from "./script.ts";
import { countTokens, quotedPieces } from "./text.ts";

const BYTES_A_SECOND = 1000;

const TYPES: { [format: string]: string } = {
  mp3: "audio/mpeg",
  opus: "audio/opus",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

/** `POST …/audio/speech`: 100 bytes of sound for each code point, as a file or as events. */
export function speech(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const model = readModel(body);
  checkModel(model);
  const input = typeof body["input"] === "string" ? body["input"] : "";
  if (input === "") throw new Refusal(400, "Missing required parameter: 'input'.", null, "input");
  const type = TYPES[typeof body["response_format"] === "string" ? body["response_format"] : "mp3"];
  if (type === undefined) throw new Refusal(400, "Unknown 'response_format'.", null, "response_format");
  const sound = (script: Script): Buffer =>
    Buffer.alloc(script.big ?? 100 * Array.from(script.rest).length, "\u00ff\u0000ID3", "latin1");
  const usage = (script: Script): Usage => spent(countTokens(input), Math.ceil(sound(script).length / 50));
  return {
    model,
    message: input,
    streamed: body["stream_format"] === "sse",
    plain: (script) => ({ type, bytes: sound(script), usage: usage(script) }),
    stream: (script) => ({ events: speechEvents(sound(script), usage(script), script), end: "", usage: usage(script) }),
  };
}

function speechEvents(sound: Buffer, usage: Usage, script: Script): SseEvent[] {
  const pieces = script.chunks ?? 8;
  const events: SseEvent[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor((sound.length * piece) / pieces);
    const bytes = sound.subarray(from, Math.floor((sound.length * (piece + 1)) / pieces));
    events.push(event({ type: "speech.audio.delta", audio: bytes.toString("base64") }, bytes.length));
  }
  events.push(event({ type: "speech.audio.done", usage: tokens(usage) }));
  return events;
}

function event(body: JsonObject, textBytes = 0): SseEvent {
  return { wire: `data: ${JSON.stringify(body)}\n\n`, textBytes };
}

function tokens({ prompt, completion }: Usage): JsonObject {
  return { input_tokens: prompt, output_tokens: completion, total_tokens: prompt + completion };
}

/** `POST …/audio/transcriptions` and `…/translations`: says how long the sound was, and what `prompt` hoped for. */
export function transcriptions(request: ProviderRequest): Job {
  const file = request.form?.files["file"];
  const fields = request.form?.fields ?? {};
  if (file === undefined) throw new Refusal(400, "Missing required parameter: 'file'.", null, "file");
  const model = fields["model"] ?? "";
  if (model === "") throw new Refusal(400, "you must provide a model parameter", null, "model");
  checkModel(model);
  const seconds = Math.ceil(file.bytes.length / BYTES_A_SECOND);
  const say = (script: Script): string =>
    script.text ?? `I heard ${seconds} seconds of ${file.name}. ${script.rest} 你好`.trim();
  // Whisper is paid by the second, the newer models by the token.
  const timed = model.includes("whisper") || model.includes("timed");
  const usage = (script: Script): Usage =>
    timed ? spent(0) : spent(script.promptTokens ?? seconds * 10, script.completionTokens ?? countTokens(say(script)));
  const told = (script: Script): JsonObject => {
    if (script.usage === "none") return {};
    if (timed) return { usage: { type: "duration", seconds } };
    const details = { input_token_details: { text_tokens: 0, audio_tokens: usage(script).prompt } };
    return { usage: { type: "tokens", ...tokens(usage(script)), ...details } };
  };
  return {
    model,
    message: fields["prompt"] ?? "",
    streamed: fields["stream"] === "true",
    plain: (script) =>
      transcript(fields["response_format"] ?? "json", say(script), seconds, told(script), usage(script)),
    stream: (script) => {
      if (timed) return noStream();
      const deltas = quotedPieces(say(script), script.chunks).map((piece) =>
        event({ type: "transcript.text.delta", delta: JSON.parse(piece.json), logprobs: [] }, piece.bytes),
      );
      const done = event({ type: "transcript.text.done", text: say(script), logprobs: [], ...told(script) });
      return { events: [...deltas, done], end: "data: [DONE]\n\n", usage: usage(script) };
    },
  };
}

function transcript(format: string, text: string, seconds: number, told: JsonObject, usage: Usage): Body {
  const json = (more: JsonObject): Body => {
    const bytes = JSON.stringify({ ...more, text, ...told });
    return { type: "application/json", bytes, usage };
  };
  const plain = (bytes: string): Body => ({ type: "text/plain; charset=utf-8", bytes, usage });
  const until = `00:00:${String(Math.min(seconds, 59)).padStart(2, "0")}`;
  switch (format) {
    case "json":
      return json({});
    case "verbose_json":
      return json({ task: "transcribe", language: "english", duration: seconds, segments: [] });
    case "text":
      return plain(`${text}\n`);
    case "srt":
      return plain(`1\n00:00:00,000 --> ${until},000\n${text}\n\n`);
    case "vtt":
      return plain(`WEBVTT\n\n00:00:00.000 --> ${until}.000\n${text}\n\n`);
    default:
      throw new Refusal(400, "Unknown 'response_format'.", null, "response_format");
  }
}
