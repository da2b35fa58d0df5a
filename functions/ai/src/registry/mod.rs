//! What administrators registered, as one isolate knows it: a copy of the registry, how old it may be, and who is
//! asked by its routes. The registry itself, and all that changes it, is the function `registry`'s.

pub mod choose;
pub mod copy;
pub mod snapshot;
pub mod store;
pub mod way;

use std::rc::Rc;

use shared::cx::Cx;

use crate::provider::catalogue::Catalogue;
use copy::Copy;

thread_local! {
    static COPY: Rc<Copy> = Rc::default();
}

/// What can be called, as this isolate knows it. It asks the database beside the request when what it knows is older
/// than two seconds; the request waits for the answer only beyond ten.
pub(crate) async fn current(cx: &Cx) -> Rc<Catalogue> {
    // Tests on the host run many deployments in one thread.
    let copy = if cfg!(target_arch = "wasm32") { COPY.with(Rc::clone) } else { Rc::default() };
    copy.current(&cx.platform).await
}
