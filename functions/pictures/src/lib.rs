//! Pictures among the files of people: what they are, the variants that are made of them by Cloudflare's service, their bytes
//! without what is written beside them, and the faces of people and organisations. Not here: the files themselves (`ingest`, `files`).

#![cfg_attr(not(target_arch = "wasm32"), allow(clippy::future_not_send, reason = "one thread an isolate"))]

pub mod avatar_store;
pub mod avatars;
pub mod blurhash;
pub mod bounds;
pub mod facts;
pub mod look;
pub mod model;
pub mod organisation_avatar_store;
pub mod pictures;
pub mod pixels;
pub mod reach;
pub mod render;
pub mod signature;
pub mod spec;
pub mod store;
pub mod strip;
pub mod stripping;
pub mod variants;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use shared::auth::Caller;
use shared::extract::{Json, Path, PathPair};
use shared::health;
use shared::reply::Reply;
use shared::routes;

use model::{Address, AvatarObject, PictureObject, Stripped, VariantWish};

routes! { "pictures":
    // method path                            who            limit  dialect [marks]   handler                                          replies
    GET    "/healthz"                         public         none   problem        => health::live()                                   -> 200 health::Health;
    GET    "/readyz"                          public         none   problem        => health::ready()                                  -> 200 health::Health;
    GET    "/v1/files/{id}/picture"           open(use:files)   normal problem [slow] => pictures::read(Path)                             -> 200 PictureObject;
    POST   "/v1/files/{id}/variants"          user(use:files)   normal problem        => variants::sign(Path, Json<VariantWish>)          -> 200 Address;
    GET    "/v1/files/{id}/variants/{spec}"   open(use:files)  normal problem [slow] => variants::read(PathPair)           -> 200 Reply;
    POST   "/v1/files/{id}/strip"             user(use:files)   normal problem [slow] => stripping::strip_file(Rc<Caller>, Path)               -> 200 Stripped;
    PUT    "/v1/users/me/avatar"              session        normal problem [slow] => avatars::put(Rc<Caller>)                         -> 200 AvatarObject;
    DELETE "/v1/users/me/avatar"              session        normal problem        => avatars::remove(Rc<Caller>)                      -> 204 ();
    PUT    "/v1/organisations/{id}/avatar"    session        normal problem [slow] => avatars::put_for_organisation(Rc<Caller>, Path)  -> 200 AvatarObject;
    DELETE "/v1/organisations/{id}/avatar"    session        normal problem        => avatars::remove_of_organisation(Rc<Caller>, Path) -> 204 ();
    GET    "/v1/avatars/{owner}/{size}"       public         normal problem        => avatars::read(PathPair)            -> 200 Reply;
}
