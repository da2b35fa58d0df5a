// The provider as other people's libraries see it: oauth4webapi, which checks every answer against the standards, and
// openid-client. Not here: what browsers see (oidc-pages), races and refusals (oidc-refusals).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { type OwnStack, type Person, person, post, startStack } from "./harness.ts";
import { type App, allowed, app, BACK, SCOPE } from "./oidc-client.ts";

let stack: OwnStack;
let who: Person;
let server: oauth.AuthorizationServer;

/** Loopback is not https. */
const plain = { [oauth.allowInsecureRequests]: true };

before(async () => {
  stack = await startStack({ vars: { STRICT_QUOTA: "1000", OIDC_REGISTRATION: "open" } });
  who = await person(stack);
  const issuer = new URL(stack.gateway);
  server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plain));
});

after(() => stack?.[Symbol.asyncDispose]());

function basic({ secret }: App): oauth.ClientAuth {
  return oauth.ClientSecretBasic(secret ?? "");
}

/** The whole way of a code with oauth4webapi, which checks state, issuer, PKCE, nonce and the ID token's signature. */
async function signIn(
  client: oauth.Client,
  auth: oauth.ClientAuth,
  scope: string,
): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(server.authorization_endpoint ?? "");
  const asked = { client_id: client.client_id, redirect_uri: BACK, response_type: "code", scope, state, nonce };
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);
  for (const [name, value] of Object.entries({ ...asked, code_challenge: challenge, code_challenge_method: "S256" })) {
    url.searchParams.set(name, value);
  }
  const back = oauth.validateAuthResponse(server, client, await allowed(stack, url.href, who), state);
  const reply = await oauth.authorizationCodeGrantRequest(server, client, auth, back, BACK, verifier, plain);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, reply, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, reply, plain);
  return tokens;
}

test("oauth4webapi finds the provider as OpenID Connect and as OAuth describe it", async () => {
  const issuer = new URL(stack.gateway);
  const reply = await oauth.discoveryRequest(issuer, { ...plain, algorithm: "oauth2" });
  assert.deepEqual(await oauth.processDiscoveryResponse(issuer, reply), server);
  assert.equal(server.registration_endpoint, `${stack.gateway}/oauth/register`);
  const resource = await oauth.resourceDiscoveryRequest(issuer, plain);
  const described = await oauth.processResourceDiscoveryResponse(issuer, resource);
  assert.deepEqual(described.authorization_servers, [stack.gateway]);
});

test("oauth4webapi signs somebody in, asks who it is, refreshes, introspects and revokes", async () => {
  const one = await app(stack);
  const client: oauth.Client = { client_id: one.id };
  const tokens = await signIn(client, basic(one), "openid profile email offline_access");
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(claims?.sub, who.id);
  const info = await oauth.userInfoRequest(server, client, tokens.access_token, plain);
  const told = await oauth.processUserInfoResponse(server, client, who.id, info);
  assert.deepEqual([told.email, told.email_verified], [who.email, false]);

  const again = await oauth.refreshTokenGrantRequest(server, client, basic(one), tokens.refresh_token ?? "", plain);
  const fresh = await oauth.processRefreshTokenResponse(server, client, again);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);
  const introspect = async (): Promise<oauth.IntrospectionResponse> => {
    const asked = await oauth.introspectionRequest(server, client, basic(one), fresh.access_token, plain);
    return oauth.processIntrospectionResponse(server, client, asked);
  };
  const known = await introspect();
  assert.deepEqual([known.active, known.sub, known.client_id], [true, who.id, one.id]);
  const ended = await oauth.revocationRequest(server, client, basic(one), fresh.refresh_token ?? "", plain);
  assert.equal(await oauth.processRevocationResponse(ended), undefined);
  assert.equal((await introspect()).active, false);
});

test("an app with a scope of this API calls it in the person's name, and nothing beyond", async () => {
  const one = await app(stack);
  const { access_token } = await signIn({ client_id: one.id }, basic(one), "openid use:ai");
  const call = (path: string) => fetch(stack.gateway + path, { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal((await call("/v1/models")).status, 200);
  for (const path of ["/v1/auth/me", "/v1/usage", "/v1/keys", "/v1/oauth/consents", "/v1/admin/users"]) {
    assert.equal((await call(path)).status, 403, path);
  }
  const { access_token: other } = await signIn({ client_id: one.id }, basic(one), "openid");
  const refused = await fetch(`${stack.gateway}/v1/models`, { headers: { authorization: `Bearer ${other}` } });
  assert.equal(refused.status, 403);
});

test("oauth4webapi gets a token in an app's own name", async () => {
  const one = await app(stack, {
    grant_types: ["client_credentials"],
    token_endpoint_auth_method: "client_secret_post",
  });
  const client: oauth.Client = { client_id: one.id };
  const auth = oauth.ClientSecretPost(one.secret ?? "");
  const asked = await oauth.clientCredentialsGrantRequest(server, client, auth, { scope: "things:read" }, plain);
  const tokens = await oauth.processClientCredentialsResponse(server, client, asked);
  assert.equal(tokens.scope, "things:read");
  const request = new Request("http://localhost/", { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, "selvage/apps", plain);
  assert.deepEqual([claims.sub, claims.client_id], [one.id, one.id]);
});

test("oauth4webapi registers an app, which signs in as a public client", async () => {
  const wish = { client_name: "Shuttle", redirect_uris: [BACK], token_endpoint_auth_method: "none", scope: SCOPE };
  const reply = await oauth.dynamicClientRegistrationRequest(server, wish, plain);
  const client = await oauth.processDynamicClientRegistrationResponse(reply);
  const tokens = await signIn(client, oauth.None(), "openid email");
  assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.aud, client.client_id);
});

test("oauth4webapi gets tokens for a device once its person allows it", async () => {
  const grants = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"];
  const one = await app(stack, { grant_types: grants, token_endpoint_auth_method: "none", redirect_uris: [] });
  const client: oauth.Client = { client_id: one.id };
  const form = new URLSearchParams({ scope: "openid offline_access" });
  const begun = await oauth.processDeviceAuthorizationResponse(
    server,
    client,
    await oauth.deviceAuthorizationRequest(server, client, oauth.None(), form, plain),
  );
  assert.equal(begun.verification_uri, `${stack.gateway}/device`);
  const body = { user_code: begun.user_code, choice: "allow" };
  assert.equal((await post(`${stack.gateway}/v1/oauth/device`, body, who.headers)).status, 200);
  const reply = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), begun.device_code, plain);
  const tokens = await oauth.processDeviceCodeResponse(server, client, reply);
  assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, who.id);
  assert.equal(typeof tokens.refresh_token, "string");
});

test("openid-client signs somebody in, asks who it is, refreshes and revokes", async () => {
  const one = await app(stack);
  const how = { execute: [openid.allowInsecureRequests] };
  const config = await openid.discovery(
    new URL(stack.gateway),
    one.id,
    undefined,
    openid.ClientSecretBasic(one.secret),
    how,
  );
  const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    ...{ redirect_uri: BACK, scope: "openid profile offline_access", state, nonce, code_challenge_method: "S256" },
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
  });
  const back = await allowed(stack, url.href, who);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims()?.sub, who.id);
  assert.equal((await openid.fetchUserInfo(config, tokens.access_token, who.id)).sub, who.id);
  const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token ?? "");
  assert.equal((await openid.tokenIntrospection(config, fresh.access_token)).active, true);
  await openid.tokenRevocation(config, fresh.access_token);
  assert.equal((await openid.tokenIntrospection(config, fresh.access_token)).active, false);
  await assert.rejects(openid.refreshTokenGrant(config, fresh.refresh_token ?? ""), { error: "invalid_grant" });
});

test("openid-client polls for a device until its person has decided", async () => {
  const grants = ["urn:ietf:params:oauth:grant-type:device_code"];
  const one = await app(stack, { grant_types: grants, redirect_uris: [] });
  const how = { execute: [openid.allowInsecureRequests] };
  const config = await openid.discovery(
    new URL(stack.gateway),
    one.id,
    undefined,
    openid.ClientSecretBasic(one.secret),
    how,
  );
  const begun = await openid.initiateDeviceAuthorization(config, { scope: "openid" });
  const polling = openid.pollDeviceAuthorizationGrant(config, begun);
  const body = { user_code: begun.user_code, choice: "allow" };
  assert.equal((await post(`${stack.gateway}/v1/oauth/device`, body, who.headers)).status, 200);
  assert.equal((await polling).claims()?.sub, who.id);
});
