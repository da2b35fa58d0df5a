//! Every way by which the bytes of files come in, beside the small form of the function `files`: whole by PUT, resumable by
//! tus, in parts in OpenAI's shape, or straight into the bucket; and how much room there is for them. Bodies go by handle. Not
//! here: what becomes of files that are whole.

pub mod content;
pub mod direct;
pub mod finish;
pub mod model;
pub mod parts;
pub mod pending;
pub mod presign;
pub mod quota;
pub mod quota_store;
pub mod receive;
pub mod store;
pub mod sweep;
pub mod tus;
pub mod tus_head;
pub mod wish;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use direct::{Direct, DirectParts};
use model::{PartObject, PartsWish, UploadObject, UploadWish};
use quota::{Quota, RoomWish};
use shared::auth::Caller;
use shared::extract::{Json, Path};
use shared::health;
use shared::reply::Reply;
use shared::routes;
use uploads::known::FileObject;

routes! { "ingest":
    // method path                             who             limit  dialect [marks]   handler                                                replies
    GET    "/healthz"                          public          none   problem           => health::live()                                      -> 200 health::Health;
    GET    "/readyz"                           public          none   problem           => health::ready()                                     -> 200 health::Health;
    POST   "/v1/uploads"                       user(use:files) normal openai  [once]    => pending::create(Rc<Caller>, Json<UploadWish>)       -> 200 UploadObject;
    GET    "/v1/uploads/{id}"                  user(use:files) normal openai            => pending::read(Rc<Caller>, Path)                     -> 200 UploadObject;
    POST   "/v1/uploads/{id}/cancel"           user(use:files) normal openai            => pending::cancel(Rc<Caller>, Path)                   -> 200 UploadObject;
    POST   "/v1/uploads/{id}/parts"            user(use:files) normal openai  [slow]    => parts::add(Rc<Caller>, Path)                        -> 200 PartObject;
    POST   "/v1/uploads/{id}/complete"         user(use:files) normal openai  [slow]    => parts::complete(Rc<Caller>, Path, Json<PartsWish>)  -> 200 UploadObject;
    POST   "/v1/uploads/{id}/direct"           user(use:files) normal openai            => direct::begin(Rc<Caller>, Path)                     -> 200 Direct;
    POST   "/v1/uploads/{id}/direct/complete"  user(use:files) normal openai  [slow]    => direct::complete(Rc<Caller>, Path, Json<DirectParts>) -> 200 UploadObject;
    PUT    "/v1/files/{id}/content"            user(use:files) normal openai  [slow]    => content::put(Rc<Caller>, Path)                      -> 200 FileObject;
    POST   "/v1/tus"                           user(use:files) normal problem [slow, tus] => tus::create(Rc<Caller>)                           -> 201 Reply;
    GET    "/v1/tus/{id}"                      user(use:files) normal problem [tus]     => tus::read(Rc<Caller>, Path)                         -> 200 Reply;
    PATCH  "/v1/tus/{id}"                      user(use:files) normal problem [slow, tus] => tus::patch(Rc<Caller>, Path)                      -> 204 Reply;
    DELETE "/v1/tus/{id}"                      user(use:files) normal problem [tus]     => tus::remove(Rc<Caller>, Path)                       -> 204 Reply;
    GET    "/v1/files/quota"                   user(use:files) normal problem           => quota::read(Rc<Caller>)                             -> 200 Quota;
    PUT    "/v1/files/limits/{owner}"          admin           normal problem           => quota::allow(Path, Json<RoomWish>)                  -> 200 Quota;
    DELETE "/v1/files/limits/{owner}"          admin           normal problem           => quota::reset(Path)                                  -> 200 Quota;
}
