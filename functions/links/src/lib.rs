//! Mailed links: asking for one, and using one. Whoever uses one reads the mailbox. Letters are written
//! here and sent by `mail`; sessions begin as everywhere, in `shared::accounts`.

pub mod asking;
pub mod model;
pub mod new_password;
pub mod new_password_store;
pub mod proofs;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{Accepted, Address, LinkToken, LinkWithNewPassword, LinkWithPassword, NewAddress, PasswordChange};
use shared::accounts::sign_in::SignIn;
use shared::auth::Caller;
use shared::extract::Json;
use shared::health;
use shared::routes;

routes! { "links":
    // method path                       who     limit  dialect          handler                                                  replies
    GET  "/healthz"                      public  none   problem          => health::live()                                         -> 200 health::Health;
    GET  "/readyz"                       public  none   problem          => health::ready()                                        -> 200 health::Health;
    POST "/v1/auth/email/verification"   public  strict problem [proof] => asking::verification(Json<Address>)                     -> 202 Accepted;
    POST "/v1/auth/email/verify"         public  strict problem      => proofs::verify(Json<LinkWithPassword>)                  -> 200 Accepted;
    POST "/v1/auth/email/change"         session strict problem      => asking::change(Rc<Caller>, Json<NewAddress>)           -> 202 Accepted;
    POST "/v1/auth/email/change/confirm" public  strict problem      => proofs::change(Json<LinkWithPassword>)                  -> 200 Accepted;
    POST "/v1/auth/password"             session strict problem      => new_password::change(Rc<Caller>, Json<PasswordChange>)   -> 204 ();
    POST "/v1/auth/password/forgot"      public  strict problem [proof] => asking::forgot(Json<Address>)                           -> 202 Accepted;
    POST "/v1/auth/password/reset"       public  strict problem      => proofs::reset(Json<LinkWithNewPassword>)                          -> 200 SignIn;
    POST "/v1/auth/magic"                public  strict problem [proof] => asking::magic(Json<Address>)                            -> 202 Accepted;
    POST "/v1/auth/magic/consume"        public  strict problem      => proofs::magic(Json<LinkToken>)                          -> 200 SignIn;
}
