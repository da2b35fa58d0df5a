//! The functions of `edge.js`, `promise.js`, `database.js`, `storage.js`, `intake.js`, `pictures.js` and `crypto.js`, as Rust sees them.

use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ReadableStream, Request, Response};

#[wasm_bindgen(module = "/src/platform/edge.js")]
extern "C" {
    pub(super) fn head(request: &Request) -> String;
    pub(super) fn country(request: &Request) -> Option<String>;
    pub(super) fn now() -> f64;
    #[wasm_bindgen(js_name = requestHeader)]
    pub(super) fn request_header(request: &Request, name: &str) -> Option<String>;
    pub(super) fn log(line: &str);
    #[wasm_bindgen(js_name = defineBase)]
    pub(super) fn define_base(id: u32, packed: &str);
    #[wasm_bindgen(js_name = respond)]
    pub(super) fn respond_text(status: u16, base: u32, extra: &str, body: &str, line: &str) -> Response;
    #[wasm_bindgen(js_name = respond)]
    pub(super) fn respond_value(status: u16, base: u32, extra: &str, body: &JsValue, line: &str) -> Response;
    pub(super) fn read(request: &Request, limit: u32) -> Promise;
    pub(super) fn send(
        target: &JsValue,
        url: &str,
        method: &str,
        headers: &str,
        body: &JsValue,
        milliseconds: u32,
        client: &JsValue,
        whole: u32,
    ) -> Promise;
    pub(super) fn forward(target: &JsValue, request: &Request, milliseconds: u32) -> Promise;
    pub(super) fn object(env: &JsValue, binding: &str, name: &str) -> JsValue;
    pub(super) fn ask(target: &JsValue, url: &str, body: &str, milliseconds: u32, trace: Option<&str>) -> Promise;
    pub(super) fn pause(milliseconds: u32) -> Promise;
    pub(super) fn status(exchange: &JsValue) -> u16;
    pub(super) fn header(exchange: &JsValue, name: &str) -> Option<String>;
    #[wasm_bindgen(js_name = readAnswer)]
    pub(super) fn read_answer(exchange: &JsValue, limit: u32, milliseconds: u32) -> Promise;
    #[wasm_bindgen(js_name = bytesOf)]
    pub(super) fn bytes_of(exchange: &JsValue) -> Option<Uint8Array>;
    pub(super) fn cancel(exchange: &JsValue);
    pub(super) fn first(exchange: &JsValue, milliseconds: u32) -> Promise;
    pub(super) fn relay(
        exchange: &JsValue,
        idle: u32,
        total: u32,
        push: &Function,
        end: &Function,
        settled: &Function,
    ) -> ReadableStream;
    pub(super) fn pen(client: &Request) -> JsValue;
    pub(super) fn readable(pen: &JsValue) -> JsValue;
    pub(super) fn write(pen: &JsValue, text: &str) -> Promise;
    pub(super) fn close(pen: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = withinLimit)]
    pub(super) fn within_limit(limiter: &JsValue, key: &str) -> Promise;

    pub(super) fn question(request: &Request) -> Promise;
    #[wasm_bindgen(js_name = objectReply)]
    pub(super) fn object_reply(status: u16, text: &str) -> JsValue;
}

#[wasm_bindgen(module = "/src/platform/promise.js")]
extern "C" {
    pub(super) fn promise(context: &JsValue) -> JsValue;
    pub(super) fn promised(promise: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = keepPromise)]
    pub(super) fn keep_promise(promise: &JsValue, value: &JsValue);
    #[wasm_bindgen(js_name = breakPromise)]
    pub(super) fn break_promise(promise: &JsValue, error: &JsValue);
    pub(super) fn when(promise: &Promise, number: u32, callback: &JsValue);
    pub(super) fn soon(callback: &JsValue);
}

#[wasm_bindgen(module = "/src/platform/database.js")]
extern "C" {
    #[wasm_bindgen(js_name = defineStatement)]
    pub(super) fn define_statement(number: u32, sql: &str);
    #[wasm_bindgen(catch)]
    pub(super) fn exec(
        storage: &JsValue,
        statement: u32,
        a: Option<&str>,
        b: Option<&str>,
        c: Option<&str>,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(catch)]
    pub(super) fn rows(storage: &JsValue, statement: u32, value: Option<&str>) -> Result<String, JsValue>;
    pub(super) fn batch(db: &JsValue, packed: &str) -> Promise;
    #[wasm_bindgen(js_name = setAlarm)]
    pub(super) fn set_alarm(storage: &JsValue, at: f64) -> Promise;
    #[wasm_bindgen(js_name = deleteAll)]
    pub(super) fn delete_all(storage: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = sendBatch)]
    pub(super) fn send_batch(queue: &JsValue, texts: &Array, delay_seconds: u32) -> Promise;
}

#[wasm_bindgen(module = "/src/platform/crypto.js")]
extern "C" {
    pub(super) fn seal(key: &[u8], text: &str) -> Promise;
    pub(super) fn unseal(key: &[u8], sealed: &str) -> Promise;
    pub(super) fn sign(algorithm: &str, pkcs8: &str, data: &[u8]) -> Promise;
    pub(super) fn verify(algorithm: &str, jwk: &str, data: &[u8], signature: &[u8]) -> Promise;
    pub(super) fn digest(algorithm: &str, bytes: &[u8]) -> Promise;
}

#[wasm_bindgen(module = "/src/platform/storage.js")]
extern "C" {
    #[wasm_bindgen(js_name = objectPart)]
    pub(super) fn object_part(bucket: &JsValue, name: &str, from: f64, length: u32) -> Promise;
    #[wasm_bindgen(js_name = kvGet)]
    pub(super) fn kv_get(namespace: &JsValue, key: &str) -> Promise;
    #[wasm_bindgen(js_name = kvPut)]
    pub(super) fn kv_put(namespace: &JsValue, key: &str, value: &str, seconds: u32) -> Promise;
    #[wasm_bindgen(js_name = bucketGet)]
    pub(super) fn bucket_get(bucket: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = bucketPut)]
    pub(super) fn bucket_put(bucket: &JsValue, name: &str, text: &str, once: bool) -> Promise;
    #[wasm_bindgen(js_name = objectPut)]
    pub(super) fn object_put(bucket: &JsValue, name: &str, bytes: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = objectPut)]
    pub(super) fn object_put_handle(bucket: &JsValue, name: &str, bytes: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = objectsDelete)]
    pub(super) fn objects_delete(bucket: &JsValue, names: &Array) -> Promise;
    #[wasm_bindgen(js_name = objectBody)]
    pub(super) fn object_body(bucket: &JsValue, name: &str) -> Promise;
}

#[wasm_bindgen(module = "/src/platform/intake.js")]
extern "C" {
    pub(super) fn intake(request: &Request, bytes: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = intakeSum)]
    pub(super) fn intake_sum(intake: &JsValue, algorithm: &str);
    #[wasm_bindgen(js_name = intakeSummed)]
    pub(super) fn intake_summed(intake: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = intakeFill)]
    pub(super) fn intake_fill(intake: &JsValue, most: u32, milliseconds: u32, last: bool) -> Promise;
    #[wasm_bindgen(js_name = intakePut)]
    pub(super) fn intake_put(intake: &JsValue, bucket: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = intakeSha)]
    pub(super) fn intake_sha(intake: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = intakeWhole)]
    pub(super) fn intake_whole(intake: &JsValue, bucket: &JsValue, name: &str, length: f64) -> Promise;
    #[wasm_bindgen(js_name = objectsJoin)]
    pub(super) fn objects_join(bucket: &JsValue, name: &str, names: &Array, length: f64) -> Promise;
    #[wasm_bindgen(js_name = objectSha)]
    pub(super) fn object_sha(bucket: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = multipartBegin)]
    pub(super) fn multipart_begin(bucket: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = multipartEnd)]
    pub(super) fn multipart_end(bucket: &JsValue, name: &str, id: &str, parts: &str) -> Promise;
    #[wasm_bindgen(js_name = multipartAbort)]
    pub(super) fn multipart_abort(bucket: &JsValue, name: &str, id: &str) -> Promise;
}

#[wasm_bindgen(module = "/src/platform/pictures.js")]
extern "C" {
    #[wasm_bindgen(js_name = pictureRender)]
    pub(super) fn picture_render(
        env: &JsValue,
        bucket: &JsValue,
        source: &JsValue,
        transform: &str,
        output: &str,
        milliseconds: u32,
    ) -> Promise;
}
