//! Files of people: uploaded in one piece, listed, read, deleted, in OpenAI's shape, so that its SDKs work unchanged. Records
//! and bytes are the crate `uploads`; jobs read and write files through it, too. Never is a file shown inline.

pub mod content;
pub mod files;
pub mod model;
pub mod sweep;
pub mod upload;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{FileDeleted, FileList, FileObject, FileQuery};
use shared::auth::Caller;
use shared::extract::{Path, Query};
use shared::health;
use shared::reply::Reply;
use shared::routes;

routes! { "files":
    // method path                    who          limit  dialect [marks]  handler                                      replies
    GET    "/healthz"                 public       none   problem          => health::live()                         -> 200 health::Health;
    GET    "/readyz"                  public       none   problem          => health::ready()                        -> 200 health::Health;
    POST   "/v1/files"                user(use:files) normal openai  [slow]   => upload::create(Rc<Caller>)             -> 200 FileObject;
    GET    "/v1/files"                user(use:files) normal openai           => files::list(Rc<Caller>, Query<FileQuery>) -> 200 FileList;
    GET    "/v1/files/{id}"           user(use:files) normal openai           => files::read(Rc<Caller>, Path)          -> 200 FileObject;
    DELETE "/v1/files/{id}"           user(use:files) normal openai           => files::delete(Rc<Caller>, Path)        -> 200 FileDeleted;
    GET    "/v1/files/{id}/content"   user(use:files) normal openai  [slow]   => content::read(Rc<Caller>, Path)        -> 200 Reply;
}
