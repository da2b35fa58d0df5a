//! Argon2id, in an isolate of its own behind a service binding: a hash takes some
//! 30 ms of CPU, and no other request should wait for it. This function has no route
//! of its own on the internet and keeps nothing.

mod argon;
pub mod filter;
mod leaked;
pub mod model;
mod older;
mod passwords;
pub mod phc;
#[cfg(target_arch = "wasm32")]
mod worker;

use model::{Check, Checked, Made, Make};
use shared::extract::Json;
use shared::health;
use shared::routes;

routes! { "hash":
    // method path     who    limit dialect  handler                       replies
    GET  "/healthz"    public none  problem => health::live()                -> 200 health::Health;
    GET  "/readyz"     public none  problem => passwords::ready()            -> 200 health::Health;
    POST "/make"       public none  problem => passwords::make(Json<Make>)   -> 200 Made;
    POST "/check"      public none  problem => passwords::check(Json<Check>) -> 200 Checked;
}
