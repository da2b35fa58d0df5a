//! Who reads a file besides its owner: people it is shared with, whoever has a link. And whether files are sound: scans, the manifest
//! of what should lie in the bucket, and a look at what does. Not here: files themselves (`files`).

pub mod links;
pub mod manifest;
pub mod manifest_store;
pub mod scan;
pub mod scan_store;
pub mod share_store;
pub mod shares;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use links::{FileLink, LinkWish};
use manifest::{Check, CheckWish, ManifestQuery};
use scan::Word;
use shared::auth::Caller;
use shared::extract::{Json, OptionalJson, Path, PathPair, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::reply::Reply;
use shared::routes;
use shares::{FileShare, ShareWish};

routes! { "shares":
    // method path                    who          limit  dialect [marks]  handler                                      replies
    GET    "/healthz"                 public       none   problem          => health::live()                         -> 200 health::Health;
    GET    "/readyz"                  public       none   problem          => health::ready()                        -> 200 health::Health;
    GET    "/v1/files/{id}/shares"    user(use:files) normal problem          => shares::list(Rc<Caller>, Path, Query<PageQuery>) -> 200 Page<FileShare>;
    PUT    "/v1/files/{id}/shares/{with}" user(use:files) normal problem      => shares::put(Rc<Caller>, PathPair, OptionalJson<ShareWish>) -> 200 FileShare;
    DELETE "/v1/files/{id}/shares/{with}" user(use:files) normal problem      => shares::delete(Rc<Caller>, PathPair)   -> 204 ();
    POST   "/v1/files/{id}/links"     user(use:files) normal problem          => links::create(Rc<Caller>, Path, Json<LinkWish>) -> 201 FileLink;
    GET    "/v1/files/{id}/links"     user(use:files) normal problem          => links::list(Rc<Caller>, Path, Query<PageQuery>) -> 200 Page<FileLink>;
    DELETE "/v1/files/{id}/links/{link_id}" user(use:files) normal problem    => links::delete(Rc<Caller>, PathPair)    -> 204 ();
    POST   "/v1/files/scans/{token}"  public       normal problem          => scan::answer(Path, Json<Word>)         -> 204 ();
    GET    "/v1/files/manifest"       admin        normal problem          => manifest::read(Rc<Caller>, Query<ManifestQuery>) -> 200 Reply;
    POST   "/v1/files/check"          admin        normal problem          => manifest::check(Rc<Caller>, Json<CheckWish>) -> 200 Check;
}
