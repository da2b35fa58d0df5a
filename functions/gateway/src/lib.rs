//! The front door: one origin for every function. It dispatches by service binding and
//! answers itself only when a function is down, and for the pages that describe the whole.

mod dispatch;
mod map;
mod pages;
mod ready;
#[cfg(target_arch = "wasm32")]
mod worker;

pub use ready::Readiness;

use shared::health;
use shared::reply::Reply;
use shared::routes;

routes! { "gateway" else dispatch::forward:
    // method path            who    limit dialect [marks]    handler               replies
    GET "/healthz"            public none  problem          => health::live()     -> 200 health::Health;
    GET "/readyz"             public none  problem          => ready::read()      -> 200 Readiness;
    GET "/v1/openapi.json"    public none  problem [cached] => pages::openapi()   -> 200 Reply;
    GET "/docs"               public none  problem [cached] => pages::docs()      -> 200 Reply;
    GET "/docs.css"           public none  problem [cached] => pages::docs_css()  -> 200 Reply;
    GET "/claim"              public none  problem [cached] => pages::claim()     -> 200 Reply;
    GET "/claim.js"           public none  problem [cached] => pages::claim_js()  -> 200 Reply;
    GET "/verify"             public none  problem [cached] => pages::verify()    -> 200 Reply;
    GET "/reset"              public none  problem [cached] => pages::reset()     -> 200 Reply;
    GET "/magic"              public none  problem [cached] => pages::magic()     -> 200 Reply;
    GET "/change-email"       public none  problem [cached] => pages::change_email() -> 200 Reply;
    GET "/invitation"         public none  problem [cached] => pages::invitation() -> 200 Reply;
    GET "/invitation.js"      public none  problem [cached] => pages::invitation_js() -> 200 Reply;
    GET "/link.js"            public none  problem [cached] => pages::link_js()   -> 200 Reply;
}
