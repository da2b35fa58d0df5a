//! Passkeys: registering them and signing in with them, by Web Authentication. Not here: other sign-ins, and
//! where all of them end (`shared::accounts`).

pub mod model;
pub mod passkeys;
mod relying_party;
pub mod sign_in;
pub mod store;
pub mod webauthn;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{CreationOptions, Passkey, PasskeySignIn, Passkeys, Registration, RequestOptions};
use shared::accounts::TokenReply;
use shared::auth::Caller;
use shared::extract::{Json, Path};
use shared::health;
use shared::routes;

routes! { "passkeys":
    // method path                             who     limit  dialect [marks]   handler                                           replies
    GET    "/healthz"                          public  none   problem         => health::live()                                     -> 200 health::Health;
    GET    "/readyz"                           public  none   problem         => health::ready()                                    -> 200 health::Health;
    POST   "/v1/auth/passkeys/options"   session normal problem [fresh] => passkeys::options(Rc<Caller>)                      -> 200 CreationOptions;
    POST   "/v1/auth/passkeys"           session normal problem         => passkeys::create(Rc<Caller>, Json<Registration>)   -> 201 Passkey;
    GET    "/v1/auth/passkeys"           session normal problem [private] => passkeys::list(Rc<Caller>)                         -> 200 Passkeys;
    GET    "/v1/auth/passkeys/{id}"      session normal problem [private] => passkeys::read(Rc<Caller>, Path)                   -> 200 Passkey;
    DELETE "/v1/auth/passkeys/{id}"      session normal problem [fresh] => passkeys::remove(Rc<Caller>, Path)                 -> 204 ();
    POST   "/v1/auth/passkeys/sign-in/options" public strict problem    => sign_in::options()                         -> 200 RequestOptions;
    POST   "/v1/auth/passkeys/sign-in"   public  strict problem         => sign_in::create(Json<PasskeySignIn>)       -> 200 TokenReply;
}
