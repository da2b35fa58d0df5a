//! Letters: takes them from the outbox by way of a queue, writes each in its reader's language, and sends
//! it once through what the deployment chose. It alone derives the tokens of mailed links again.

pub mod configured;
pub mod consumer;
pub mod http;
pub mod letter;
pub mod mailbox;
pub mod mime;
pub mod ready;
pub mod schedule;
pub mod sender;
pub mod smtp;
pub mod store;
pub mod words;
#[cfg(target_arch = "wasm32")]
mod worker;

use shared::extract::Path;
use shared::health;
use shared::reply::Reply;
use shared::routes;

routes! { "mail":
    // method path               who    limit dialect  handler                 replies
    GET "/healthz"               public none  problem => health::live()       -> 200 health::Health;
    GET "/readyz"                public none  problem => ready::read()        -> 200 health::Health;
    GET "/dev/mailbox"           public none  problem => mailbox::list()      -> 200 Reply;
    GET "/dev/mailbox/{letter}"  public none  problem => mailbox::read(Path)  -> 200 Reply;
}
