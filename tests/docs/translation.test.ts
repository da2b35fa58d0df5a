// The page about dialects leaves no field out: whatever the official SDKs' types know stands in a table there, as a
// row's field or within what a row is given. What the rows say is held to by the tests of the AI function.

import assert from "node:assert/strict";
import { test } from "node:test";
import { source } from "./documents.ts";

const OPENAI = "node_modules/openai/resources";
const CHAT = `${OPENAI}/chat/completions/completions.d.ts`;
const RESPONSES = `${OPENAI}/responses/responses.d.ts`;
const MESSAGES = "node_modules/@anthropic-ai/sdk/resources/messages/messages.d.ts";

/** The types that each table has to know. */
const KNOWN: readonly { marks: readonly string[]; file: string; types: readonly string[] }[] = [
  {
    marks: ["request chat messages"],
    file: CHAT,
    types: [
      "ChatCompletionCreateParamsBase",
      "ChatCompletionSystemMessageParam",
      "ChatCompletionDeveloperMessageParam",
      "ChatCompletionUserMessageParam",
      "ChatCompletionAssistantMessageParam",
      "ChatCompletionToolMessageParam",
      "ChatCompletionFunctionMessageParam",
      "ChatCompletionContentPartText",
      "ChatCompletionContentPartImage",
      "ChatCompletionContentPartInputAudio",
      "ChatCompletionContentPartRefusal",
      "ChatCompletionMessageFunctionToolCall",
      "ChatCompletionMessageCustomToolCall",
      "ChatCompletionFunctionTool",
      "ChatCompletionCustomTool",
      "ChatCompletionNamedToolChoice",
      "ChatCompletionAllowedToolChoice",
      "ChatCompletionAllowedTools",
      "ChatCompletionStreamOptions",
    ],
  },
  {
    marks: ["request messages chat"],
    file: MESSAGES,
    types: [
      "MessageCreateParamsBase",
      "UserMessageParam",
      "AssistantMessageParam",
      "SystemMessageParam",
      "TextBlockParam",
      "ImageBlockParam",
      "ImageTransformationsParam",
      "DocumentBlockParam",
      "SearchResultBlockParam",
      "ThinkingBlockParam",
      "RedactedThinkingBlockParam",
      "ToolUseBlockParam",
      "ToolResultBlockParam",
      "ToolReferenceBlockParam",
      "ServerToolUseBlockParam",
      "Base64ImageSource",
      "URLImageSource",
      "FileImageSource",
      "Base64PDFSource",
      "PlainTextSource",
      "ContentBlockSource",
      "Tool",
      "ToolChoiceAuto",
      "ToolChoiceAny",
      "ToolChoiceTool",
      "ToolChoiceNone",
      "OutputConfig",
      "JSONOutputFormat",
      "Metadata",
      "ThinkingConfigEnabled",
      "ThinkingConfigAdaptive",
    ],
  },
  {
    marks: ["request responses chat", "request responses messages"],
    file: RESPONSES,
    types: [
      "ResponseCreateParamsBase",
      "EasyInputMessage",
      "ResponseInputText",
      "ResponseInputImage",
      "ResponseInputFile",
      "ResponseOutputMessage",
      "ResponseOutputText",
      "ResponseOutputRefusal",
      "ResponseFunctionToolCall",
      "ResponseReasoningItem",
      "ResponseTextConfig",
      "ResponseFormatTextJSONSchemaConfig",
      "FunctionTool",
      "ToolChoiceFunction",
      "ToolChoiceTypes",
    ],
  },
  {
    marks: ["request responses chat", "request responses messages"],
    file: `${OPENAI}/shared.d.ts`,
    types: ["Reasoning"],
  },
  { marks: ["reply messages chat"], file: MESSAGES, types: ["Message", "TextBlock", "ThinkingBlock", "Usage"] },
  { marks: ["reply messages responses"], file: MESSAGES, types: ["Message", "TextBlock", "ThinkingBlock"] },
  {
    marks: ["reply chat messages", "reply chat responses"],
    file: CHAT,
    types: ["ChatCompletion", "ChatCompletionMessage", "ChatCompletionMessageFunctionToolCall"],
  },
];

/** Members of a type, not those of the types within it. */
function members(file: string, type: string): string[] {
  const [, body] = new RegExp(`^export interface ${type} \\{\\n([\\s\\S]*?)^\\}`, "m").exec(source(file)) ?? [];
  assert.ok(body !== undefined, `${type} is not in ${file}`);
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = ""]) => name);
}

/** Every name that the table after this mark knows. */
function named(mark: string): ReadonlySet<string> {
  const [, rest = ""] = source("docs/ai/translation.md").split(`<!-- ${mark} -->`);
  const lines = rest.trimStart().split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  const names = new Set<string>();
  for (const line of lines.slice(2, end)) {
    const [, field = "", given = ""] = line.split("|");
    for (const name of field.trim().replaceAll("`", "").split(".")) names.add(name);
    for (const [, name = ""] of given.matchAll(/"(\w+)":/g)) names.add(name);
    // Alike: what the last cell names.
    for (const [, name = ""] of (line.split("|").at(-2) ?? "").matchAll(/`(\w+)`/g)) names.add(name);
  }
  return names;
}

for (const { marks, file, types } of KNOWN) {
  for (const mark of marks) {
    test(`the table "${mark}" knows every field of ${types[0]} and what is in it`, () => {
      const names = named(mark);
      const missing = types.flatMap((type) =>
        members(file, type)
          .filter((name) => !names.has(name))
          .map((name) => `${type}.${name}`),
      );
      assert.deepEqual(missing, []);
    });
  }
}
