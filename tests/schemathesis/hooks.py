"""What Schemathesis is told about this API: who calls, from where, and which refusals no schema can foretell.

Not here: which checks run and for how long (`schemathesis.toml`), starting the stack (`description.test.ts`).
"""

import json
import os
import re
import secrets
import urllib.request

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

GATEWAY = os.environ["SELVAGE_GATEWAY"]
# Nobody, where these are empty.
EMAIL, PASSWORD = os.environ["SELVAGE_EMAIL"], os.environ["SELVAGE_PASSWORD"]

# After one of these the caller's token or password is good for nothing, so each is called by an account of its own.
ENDS_THE_CALLER = {"POST /v1/auth/logout", "POST /v1/auth/password", "DELETE /v1/users/me"}

# Values that fit the description and are refused all the same, with why no schema can say it. An operation is a
# pattern of its method and path; what is refused is a field of a problem, or the problem's code.
REFUSALS = [
    (r"GET ", "cursor", "cursors are signed: only those of a page that was read are taken"),
    (r"GET /v1/(usage|calls)", "to", "must not be before `from`"),
    (r"(POST|PATCH) /v1/keys", "/expires_at", "must be in the future, and before the year 10000"),
    (r"(POST|PUT|PATCH) /v1/(uploads|tus|files/[^/]+/content)", "*", "names, checksums and lengths have rules of their own; parts are those of the upload; tus says much in headers"),
    (r"GET /v1/files", "query", "the trash, what is shared, and the others are lists of their own"),
    (r"PATCH /v1/files/", "visibility", "only a file of an organisation is open to its members"),
    (r"PATCH /v1/files/", "tags", "letters that nobody sees are none"),
    (r"PATCH /v1/files/", "filename", "folders and letters that nobody sees are no part of a name"),
    (r"PATCH /v1/files/", "retain_until", "can only be put off, and is no longer than the file"),
    (r"PATCH /v1/files/", "expires_at", "must be in the future, and not before it may go"),
    (r"(PUT|DELETE) /v1/files/[^/]+/shares", "with", "a person's id or address stands in the path"),
    (r"PUT /v1/files/limits", "*", "numbers up to 2^53"),
    (r"POST /v1/(files|batches)", "*", "a form with a file of some bytes; a file of the caller's own, and bounds of what is remembered"),
    (r"(GET|POST) /v1/files/.*/(picture|variants|strip)", "*", "the file must be a picture, and a variant says nothing twice"),
    (r"PUT /v1/(users/me|organisations/[^/]+)/avatar", "*", "the body must be a picture"),
    (r"(POST|PUT|PATCH) /v1/(prompts|presets|conversations)", "*", "variables, labels, versions and heads must be those of the prompt or conversation"),
    (r"POST /v1/keys", "/organisation_id", "must be one in which the caller may make keys"),
    (r"POST .*/wechat", "/app_id", "must be a mini-program that this deployment names"),
    (r"POST /v1/keys", "/public_key", "a point of the curve, and none to which all signatures fit"),
    (r"(POST|PUT) /v1/oauth/clients", "/redirect_uris", "wanted by some grants and not by others, and exact addresses"),
    (r"(POST|PUT) /v1/oauth/clients", "/grant_types", "must go together with how the app proves itself"),
    (r"(POST|PUT) /v1/oauth/clients", "/client_uri", "must be https, or the person's own machine"),
    (r"(POST|PUT) /v1/oauth/clients", "/client_name", "is wanted here, though RFC 7591 lets it be left out"),
    (r"(POST|PUT) /v1/oauth/clients", "/scope", "must name scopes there are"),
    (r"POST /v1/oauth/authorize", "/ticket", "the mark of a page that was opened before"),
    (r"POST /v1/oauth/authorize", "/query", "a request of an app, as its page has it"),
    (r"POST .*/passkeys", "/credential", "is what an authenticator signed"),
    (r"POST /v1/auth/(oauth|identities)", "/redirect_to", "must be a page that this deployment names"),
    (r"POST /v1/auth/step-up", "", "one of two members, and null is none"),
    (r"POST /v1/auth/mfa/totp/confirm", "code_refused", "only the app knows the code"),
    (r"POST /v1/(chat|responses|messages|embeddings|images|audio|moderations|rerank)", "*", "the provider has rules of its own, and its answer is passed on"),
    (r"POST /v1/auth/(register|anonymous/upgrade)", "/email", "`.invalid` and a dot at the end fit the format and reach nobody"),
    (r"POST /v1/organisations/.*/invitations", "/email", "`.invalid` and a dot at the end fit the format and reach nobody"),
    (r"(POST|PATCH) /v1/organisations/", "/role", "must be a role of this organisation"),
    (r"PUT /v1/organisations/", "role", "is the name of a role, and stands in the path"),
    (r"PUT /v1/organisations/", "/permissions", "conditions nest four deep at most"),
    (r"(GET|POST) /oauth/", "*", "apps, codes and tokens are values of ours, and OAuth has words of its own for a refusal"),
    (r"(PUT|POST|DELETE) /v1/admin/ai/", "*", "documents of the registry must fit to each other and to their paths"),
    (r"POST /v1/evals", "*", "scorers, templates and rows must fit to each other, and files must be there"),
    (r"POST /v1/analyses", "*", "a picture that the caller may read, settings of the task, and a URL that may be called"),
    (r"PUT /v1/webhook", "/url", "https, and a host with a public name"),
    (r"POST /v1/fine_tuning/jobs", "*", "files must be there, with their purpose, and numbers above 0"),
    (r"GET /v1/evals/.*/compare", "with", "must be there: without it there is nothing to compare"),
    (r"GET /v1/evals", "status", "each list has its own states"),
    (r"GET /v1/evals", "after", "must be the id of an item of the list"),
    (r".*", "password_leaked", "a list says which passwords are common"),
    (r".*", "idempotency_mismatch", "the key was used with another body before"),
]

_token: str | None = None


def network() -> str:
    """An address of documentation and tests (RFC 2544): limits count each client by itself."""
    return f"198.{18 + secrets.randbelow(2)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def tokens(path: str, email: str, password: str) -> str:
    """The access token of a sign-in or a registration."""
    body = json.dumps({"email": email, "password": password}).encode()
    headers = {"Content-Type": "application/json", "CF-Connecting-IP": network()}
    request = urllib.request.Request(GATEWAY + path, body, headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)["access_token"]


def stranger() -> str:
    """Somebody who was never here before."""
    return tokens("/v1/auth/register", f"fuzz-{secrets.token_hex(12)}@example.com", secrets.token_hex(12))


if EMAIL:

    @schemathesis.auth(refresh_interval=None)
    class Caller:
        """Signs every case of this run."""

        def get(self, case: schemathesis.Case, _context: object) -> str:
            global _token
            if case.operation.label in ENDS_THE_CALLER:
                return stranger()
            if _token is None:
                _token = tokens("/v1/auth/login", EMAIL, PASSWORD)
            return _token

        def set(self, case: schemathesis.Case, data: str, _context: object) -> None:
            case.headers["Authorization"] = f"Bearer {data}"


# Bytes of an upload, as tus names their type.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@schemathesis.hook
def before_call(_context: object, case: schemathesis.Case, _kwargs: dict) -> None:
    """Gives each case a network of its own. Not from `random`, which Hypothesis begins anew for every test."""
    if case.headers is not None:
        case.headers.setdefault("CF-Connecting-IP", network())


@schemathesis.hook
def after_call(_context: object, _case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Signs in anew after a case that ended the session: what comes next would only see 401."""
    global _token
    sent = response.request.headers.get("Authorization")
    challenge = (response.headers.get("www-authenticate") or [""])[0]
    if 'error="invalid_token"' in challenge and _token is not None and sent == f"Bearer {_token}":
        _token = None


@schemathesis.hook
def filter_failure(
    _context: object, failure: Failure, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Lets every failure stand but those two kinds that are none."""
    if isinstance(failure, RejectedPositiveData):
        return not foretold(case.operation.label, response)
    if isinstance(failure, AcceptedNegativeData):
        return not unread(case)
    return True


def foretold(operation: str, response: schemathesis.Response) -> bool:
    """Whether everything that was refused is in the table."""
    try:
        said = response.json()
    except ValueError:
        # A page, for people.
        said = {}
    # To JSON Schema 1.0 is an integer; a whole number is written without a fraction here.
    errors = [error for error in said.get("errors") or [] if "floating point" not in error["detail"]]
    if said.get("errors") and not errors:
        return True
    # OpenAI's shape names the member at fault in its error.
    error = said.get("error")
    alone = error.get("param") if isinstance(error, dict) else said.get("code") or error
    refused = {error["pointer"] for error in errors} or {str(alone)}
    known = [what for pattern, what, _ in REFUSALS if re.match(pattern, operation)]
    return all(any(what in ("*", one) or (what and one.startswith(f"{what}/")) for what in known) for one in map(str, refused))


def unread(case: schemathesis.Case) -> bool:
    """Whether what is wrong is not seen: a proof of work where none is demanded, or a header that is good once HTTP
    has taken the spaces around it away (RFC 9110 §5.5)."""
    headers = case.headers or {}
    if "Selvage-Proof" in headers:
        return True
    key = headers.get("Idempotency-Key")
    return isinstance(key, str) and key != key.strip() and re.fullmatch("[!-~]{0,255}", key.strip()) is not None
