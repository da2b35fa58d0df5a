//! Files of people: uploaded in one piece, listed, read, changed, opened to others, deleted, in OpenAI's shape, so that its SDKs
//! work unchanged. Records and bytes are the crate `uploads`; jobs read and write files through it, too. Not here: large
//! uploads, pictures made of files.

pub mod change;
pub mod change_store;
pub mod condition;
pub mod content;
pub mod disposition;
pub mod files;
pub mod links;
pub mod manifest;
pub mod manifest_store;
pub mod model;
pub mod range;
pub mod scan;
pub mod scan_store;
pub mod share_store;
pub mod shares;
pub mod store;
pub mod sweep;
pub mod upload;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use change::FileChange;
use content::ContentQuery;
use links::{FileLink, LinkWish};
use manifest::{Check, CheckWish, ManifestQuery};
use model::{DeleteQuery, FileDeleted, FileList, FileObject, FileQuery};
use scan::Word;
use shared::auth::Caller;
use shared::extract::{Json, OptionalJson, Path, PathPair, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::reply::Reply;
use shared::routes;
use shares::{FileShare, ShareWish};

routes! { "files":
    // method path                    who          limit  dialect [marks]  handler                                      replies
    GET    "/healthz"                 public       none   problem          => health::live()                         -> 200 health::Health;
    GET    "/readyz"                  public       none   problem          => health::ready()                        -> 200 health::Health;
    POST   "/v1/files"                user(use:files) normal openai  [slow]   => upload::create(Rc<Caller>)             -> 200 FileObject;
    GET    "/v1/files"                user(use:files) normal openai           => files::list(Rc<Caller>, Query<FileQuery>) -> 200 FileList;
    GET    "/v1/files/{id}"           user(use:files) normal openai           => files::read(Rc<Caller>, Path)          -> 200 FileObject;
    PATCH  "/v1/files/{id}"           user(use:files) normal problem          => change::update(Rc<Caller>, Path, Json<FileChange>) -> 200 FileObject;
    DELETE "/v1/files/{id}"           user(use:files) normal openai           => files::delete(Rc<Caller>, Path, Query<DeleteQuery>) -> 200 FileDeleted;
    POST   "/v1/files/{id}/restore"   user(use:files) normal problem          => files::restore(Rc<Caller>, Path)       -> 200 FileObject;
    GET    "/v1/files/{id}/content"   open(use:files) normal openai  [slow]   => content::read(Option<Rc<Caller>>, Path, Query<ContentQuery>) -> 200 Reply;
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
