"""The official `openai` package for Python, used as its users use it. One run is one scenario; what it saw is
printed as JSON, and `python.test.ts` judges it.

    python python_client.py BASE_URL TOKEN SCENARIO MESSAGE
"""

import json
import sys

import openai

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("weather", "clock")
]


def body(message: str, **more: object) -> dict:
    return {"model": "simulated-chat", "messages": [{"role": "user", "content": message}], **more}


def models(client: openai.OpenAI, _: str) -> object:
    return {"ids": [model.id for model in client.models.list()], "one": client.models.retrieve("simulated-chat").id}


def plain(client: openai.OpenAI, message: str) -> object:
    raw = client.chat.completions.with_raw_response.create(**body(message))
    reply = raw.parse()
    return {
        "text": reply.choices[0].message.content,
        "usage": reply.usage.to_dict(),
        "cost": raw.headers["x-cost-nano-usd"],
        "request_id": reply._request_id,
    }


def stream(client: openai.OpenAI, message: str) -> object:
    chunks = list(client.chat.completions.create(**body(message, stream=True)))
    asked = body(message, stream=True, stream_options={"include_usage": True})
    *_, last = client.chat.completions.create(**asked)
    return {
        "text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "unasked": sum(chunk.usage is not None for chunk in chunks),
        "usage": last.usage.to_dict(),
        "choices": last.choices,
    }


def tools(client: openai.OpenAI, message: str) -> object:
    pieces = 0
    with client.chat.completions.stream(**body(message, tools=TOOLS)) as events:
        for event in events:
            pieces += event.type == "tool_calls.function.arguments.delta"
        reply = events.get_final_completion()
    calls = [call.function for call in reply.choices[0].message.tool_calls]
    return {"pieces": pieces, "calls": [[call.name, json.loads(call.arguments)] for call in calls]}


def leave(client: openai.OpenAI, message: str) -> object:
    reply = client.chat.completions.create(**body(message, stream=True))
    for chunk in reply:
        if chunk.choices[0].delta.content:
            break
    reply.close()
    return {"left": True}


def caught(call: object) -> list:
    try:
        call()
    except openai.APIError as error:
        return [type(error).__name__, getattr(error, "status_code", None), error.code]
    return ["nothing", None, None]


def errors(client: openai.OpenAI, message: str) -> object:
    create = client.chat.completions.create
    broken = create(**body(f"{message} [sim:cut=mid]", stream=True))
    return {
        "key": caught(lambda: client.with_options(api_key="sk-wrong").models.list()),
        "model": caught(lambda: create(**{**body(message), "model": "no-such-model"})),
        "body": caught(lambda: create(**body(message, n=0))),
        "budget": caught(lambda: create(**body(message, max_tokens=2_000_000))),
        "rate": caught(lambda: create(**body(f"{message} [sim:status=429]"))),
        "provider": caught(lambda: create(**body(f"{message} [sim:status=500]"))),
        "stream": caught(lambda: list(broken)),
    }


def retries(client: openai.OpenAI, message: str) -> object:
    reply = client.with_options(max_retries=2).chat.completions.create(**body(message))
    return {"text": reply.choices[0].message.content}


SCENARIOS = {scene.__name__: scene for scene in (models, plain, stream, tools, leave, errors, retries)}

if __name__ == "__main__":
    base_url, token, scenario, text = sys.argv[1:]
    service = openai.OpenAI(base_url=base_url, api_key=token, max_retries=0)
    print(json.dumps(SCENARIOS[scenario](service, text)))
