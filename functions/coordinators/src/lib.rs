//! Durable Objects of the AI gateway, in isolates of their own: what must be decided once for all isolates. `answers`
//! keeps answers and who makes which, `breakers` knows which providers' keys fail. This function has no route of its own
//! on the internet; objects are reached by bindings.
//!
//! Not here: what is said to them, in `shared/coordination`; who asks, in `functions/ai`; the object that each call
//! asks, `Admission`, which lives there, too.

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
