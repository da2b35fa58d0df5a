// A passkey without a browser, for tests that need one to be there. It is for the page that a developer's machine is
// configured with. Not here: a real browser (browser.ts).

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { json, passkeys } from "./factors-client.ts";
import type { Person, Stack } from "./harness.ts";

/** As `xtask/src/dev_vars.rs` has it. */
const [RP_ID, ORIGIN] = ["localhost", "http://localhost:8787"];

/** User present and verified; and a credential that is new. */
const [VERIFIED, ATTESTED] = [1 | 4, 64];

/** A credential on P-256. */
export class Key {
  readonly #stack: Stack;
  readonly #id = randomBytes(16);
  readonly #private: KeyObject;
  readonly #cose: Buffer;
  #counter = 0;

  constructor(stack: Stack) {
    this.#stack = stack;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#private = privateKey;
    const head = [Buffer.from("a5010203262001215820", "hex"), Buffer.from(x, "base64url")];
    this.#cose = Buffer.concat([...head, Buffer.from("225820", "hex"), Buffer.from(y, "base64url")]);
  }

  /** Registers it for somebody signed in. */
  async register(who: Pick<Person, "headers">): Promise<Response> {
    return passkeys(this.#stack, "passkeys", await this.registration(who), who.headers);
  }

  /** What a registration sends: an answer to a fresh challenge. */
  async registration({ headers }: Pick<Person, "headers">): Promise<object> {
    const { challenge } = await json(await passkeys(this.#stack, "passkeys/options", {}, headers));
    const length = Buffer.from([0, this.#id.length]);
    const data = Buffer.concat([this.#data(VERIFIED | ATTESTED), Buffer.alloc(16), length, this.#id, this.#cose]);
    const head = Buffer.from("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", "latin1");
    const response = {
      clientDataJSON: this.#client("webauthn.create", challenge).toString("base64url"),
      attestationObject: Buffer.concat([head, Buffer.from([data.length]), data]).toString("base64url"),
    };
    return { credential: { id: this.#id.toString("base64url"), response } };
  }

  /** Signs in with it. */
  async signIn(): Promise<Response> {
    return passkeys(this.#stack, "passkeys/sign-in", await this.assertion());
  }

  /** What a sign-in sends: an answer to a fresh challenge. A counter that is given is the authenticator's from then on. */
  async assertion({ counter }: { counter?: number } = {}): Promise<object> {
    if (counter !== undefined) this.#counter = counter - 1;
    const { challenge } = await json(await passkeys(this.#stack, "passkeys/sign-in/options", {}));
    const [client, data] = [this.#client("webauthn.get", challenge), this.#data(VERIFIED)];
    const signed = Buffer.concat([data, createHash("sha256").update(client).digest()]);
    const response = {
      clientDataJSON: client.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: sign("sha256", signed, this.#private).toString("base64url"),
    };
    return { credential: { id: this.#id.toString("base64url"), response } };
  }

  #client(type: string, challenge: unknown): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: ORIGIN }));
  }

  #data(flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++this.#counter);
    return Buffer.concat([createHash("sha256").update(RP_ID).digest(), Buffer.from([flags]), counter]);
  }
}
