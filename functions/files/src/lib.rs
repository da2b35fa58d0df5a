//! Files of people: uploaded in one piece, listed, read, deleted, in OpenAI's shape, so that its SDKs work unchanged. Records
//! and bytes are the crate `uploads`; jobs read and write files through it, too. Not here: large uploads, who else reads a file
//! (`shares`), pictures made of files.

pub mod change;
pub mod change_store;
pub mod condition;
pub mod content;
pub mod disposition;
pub mod files;
pub mod model;
pub mod range;
pub mod store;
pub mod sweep;
pub mod upload;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use change::FileChange;
use content::ContentQuery;
use model::{DeleteQuery, FileDeleted, FileList, FileQuery};
use shared::auth::Caller;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::reply::Reply;
use shared::routes;
use uploads::known::FileObject;

routes! { "files":
    // method path                    who          limit  dialect [marks]  handler                                      replies
    GET    "/healthz"                 public       none   problem          => health::live()                         -> 200 health::Health;
    GET    "/readyz"                  public       none   problem          => health::ready()                        -> 200 health::Health;
    POST   "/v1/files"                user(use:files) normal openai  [slow]   => upload::create(Rc<Caller>)             -> 200 FileObject;
    GET    "/v1/files"                user(use:files) normal openai           => files::list(Rc<Caller>, Query<FileQuery>) -> 200 FileList;
    GET    "/v1/files/{id}"           user(use:files) normal openai           => files::read(Rc<Caller>, Path)          -> 200 FileObject;
    PATCH  "/v1/files/{id}"           user(use:files) normal openai           => change::update(Rc<Caller>, Path, Json<FileChange>) -> 200 FileObject;
    DELETE "/v1/files/{id}"           user(use:files) normal openai           => files::delete(Rc<Caller>, Path, Query<DeleteQuery>) -> 200 FileDeleted;
    POST   "/v1/files/{id}/restore"   user(use:files) normal problem          => files::restore(Rc<Caller>, Path)       -> 200 FileObject;
    GET    "/v1/files/{id}/content"   open(use:files) normal openai  [slow]   => content::read(Option<Rc<Caller>>, Path, Query<ContentQuery>) -> 200 Reply;
}
