// Verifies the bearer token of a request by WebCrypto, and answers with its subject.

const PARAMETERS = {
  EdDSA: ["Ed25519", "Ed25519"],
  ES256: [
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
  ],
};

let key;

const bytes = (text) => Uint8Array.fromBase64(text, { alphabet: "base64url" });

export default {
  async fetch(request, env) {
    const token = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
    const [header, body, signature] = token.split(".");
    const [importing, verifying] = PARAMETERS[env.ALG];
    key ??= await crypto.subtle.importKey("jwk", JSON.parse(env.JWK), importing, false, ["verify"]);
    const signed = new TextEncoder().encode(`${header}.${body}`);
    const valid = await crypto.subtle.verify(verifying, key, bytes(signature), signed);
    const claims = JSON.parse(new TextDecoder().decode(bytes(body)));
    const alive = valid && claims.exp * 1000 > Date.now();
    return alive ? new Response(claims.sub) : new Response("refused", { status: 401 });
  },
};
