"""The official packages for Python beside OpenAI's chat: `openai` on its other routes, `anthropic`, LangChain. One run
is one scenario; what it saw is printed as JSON, and `python-routes.test.ts` judges it.

    python python_routes.py ORIGIN TOKEN SCENARIO MESSAGE
"""

import json
import sys

import anthropic
import openai
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

MODEL = "simulated-chat"
PIXEL = "data:image/png;base64,iVBORw0KGgo="


class Thing(BaseModel):
    name: str
    ok: bool


def clients(origin: str, token: str) -> tuple[openai.OpenAI, anthropic.Anthropic]:
    theirs = openai.OpenAI(base_url=f"{origin}/v1", api_key=token, max_retries=0)
    return theirs, anthropic.Anthropic(base_url=origin, api_key=token, max_retries=0)


def media(client: openai.OpenAI, _: anthropic.Anthropic, message: str) -> object:
    vectors = client.embeddings.create(model="simulated-embedding", input=["one", message])
    image = client.images.generate(model="simulated-image", prompt=message)
    heard = client.audio.transcriptions.create(model="simulated-whisper", file=("a.wav", bytes(2500)), prompt=message)
    spoken = client.audio.speech.create(model="simulated-speech", voice="alloy", input="12345")
    flagged = client.moderations.create(model="simulated-moderation", input="violence")
    return {
        "vectors": [len(item.embedding) for item in vectors.data],
        "image": len(image.data[0].b64_json) > 10,
        "heard": heard.text,
        "spoken": len(spoken.read()),
        "flagged": flagged.results[0].flagged,
    }


def responses(client: openai.OpenAI, _: anthropic.Anthropic, message: str) -> object:
    plain = client.responses.create(model=MODEL, input=message)
    text, usage = "", None
    for event in client.responses.create(model=MODEL, input=message, stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        if event.type == "response.completed":
            usage = event.response.usage.to_dict()
    thing = client.responses.parse(model=MODEL, input="Ada", text_format=Thing).output_parsed
    return {"plain": plain.output_text, "text": text, "usage": [plain.usage.to_dict(), usage], "thing": thing.model_dump()}


def shapes(client: openai.OpenAI, _: anthropic.Anthropic, message: str) -> object:
    messages = [{"role": "user", "content": "Ada"}]
    parsed = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Thing)
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    seen = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": [{"type": "text", "text": message}, image]}]
    )
    return {"thing": parsed.choices[0].message.parsed.model_dump(), "seen": seen.choices[0].message.content}


def messages(_: openai.OpenAI, client: anthropic.Anthropic, message: str) -> object:
    body = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": message}]}
    plain = client.messages.create(**body)
    with client.messages.stream(**body) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    counted = client.messages.count_tokens(model=MODEL, messages=body["messages"])
    return {
        "plain": plain.content[0].text,
        "text": text,
        "usage": [plain.usage.output_tokens, final.usage.output_tokens],
        "counted": counted.input_tokens,
    }


def message_tools(_: openai.OpenAI, client: anthropic.Anthropic, message: str) -> object:
    tools = [{"name": name, "input_schema": {"type": "object"}} for name in ("weather", "clock")]
    asked = [{"role": "user", "content": message}]
    pieces = 0
    with client.messages.stream(model=MODEL, max_tokens=500, messages=asked, tools=tools) as stream:
        for event in stream:
            pieces += event.type == "input_json"
        final = stream.get_final_message()
    calls = [[block.name, block.input] for block in final.content if block.type == "tool_use"]
    return {"pieces": pieces, "calls": calls, "stop": final.stop_reason}


def message_errors(_: openai.OpenAI, client: anthropic.Anthropic, message: str) -> object:
    def caught(call: object) -> list:
        try:
            call()
        except anthropic.APIStatusError as error:
            return [type(error).__name__, error.status_code]
        return ["nothing", None]

    def create(content: str, **more: object) -> object:
        asked = {"model": MODEL, "max_tokens": 50, "messages": [{"role": "user", "content": content}], **more}
        return client.messages.create(**asked)

    return {
        "key": caught(lambda: client.with_options(api_key="sk-wrong").messages.count_tokens(model=MODEL, messages=[])),
        "model": caught(lambda: create(message, model="no-such-model")),
        "provider": caught(lambda: create(f"{message} [sim:status=401]")),
    }


def langchain(client: openai.OpenAI, _: anthropic.Anthropic, message: str) -> object:
    chat = ChatOpenAI(model=MODEL, base_url=str(client.base_url), api_key=client.api_key, max_retries=0)
    plain = chat.invoke(message)
    text = "".join(chunk.text for chunk in chat.stream(message))
    thing = chat.with_structured_output(Thing).invoke([HumanMessage("Ada")])
    usage = plain.usage_metadata["total_tokens"]
    return {"plain": plain.text, "text": text, "usage": usage, "thing": thing.model_dump()}


SCENES = (media, responses, shapes, messages, message_tools, message_errors, langchain)

if __name__ == "__main__":
    origin_url, bearer, scenario, said = sys.argv[1:]
    scenes = {scene.__name__: scene for scene in SCENES}
    print(json.dumps(scenes[scenario](*clients(origin_url, bearer), said)))
