//! The Durable Objects of the AI gateway, in isolates of their own: what must be counted or decided once for all
//! isolates. `admission` keeps an organisation's book, `answers` keeps answers and who makes which, `breakers` knows
//! which providers' keys fail. This function has no route of its own on the internet; objects are reached by bindings.
//!
//! Not here: what is said to them, in `shared/coordination`; who asks, in `functions/ai`.

pub mod admission;
pub mod answers;
pub mod breakers;
#[cfg(target_arch = "wasm32")]
mod worker;

use shared::health;
use shared::routes;

routes! { "coordinators":
    // method path     who    limit dialect  handler            replies
    GET  "/healthz"    public none  problem => health::live() -> 200 health::Health;
    GET  "/readyz"     public none  problem => health::live() -> 200 health::Health;
}
