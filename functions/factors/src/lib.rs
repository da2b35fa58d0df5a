//! Second factors: what an account has beside its password, the second half of a sign-in, and
//! proving again who one is. Not here: the first half of a sign-in (`auth`), passkeys, and where it ends (`shared::accounts`).

pub mod mfa;
pub mod model;
mod proof;
pub mod qr;
pub mod recovery;
pub mod reseal_store;
pub mod step_up;
pub mod store;
mod throttle;
pub mod totp;
pub mod verify;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{Confirmation, Factors, NewTotp, Proved, RecoveryCodes, StepUp, Verification};
use shared::accounts::TokenReply;
use shared::auth::Caller;
use shared::extract::Json;
use shared::health;
use shared::routes;

routes! { "factors":
    // method path                       who     limit  dialect [marks]   handler                                           replies
    GET    "/healthz"                    public  none   problem         => health::live()                                     -> 200 health::Health;
    GET    "/readyz"                     public  none   problem         => health::ready()                                    -> 200 health::Health;
    GET    "/v1/auth/mfa"                session normal problem [private] => mfa::read(Rc<Caller>)                              -> 200 Factors;
    POST   "/v1/auth/mfa/totp"           session normal problem [fresh] => mfa::begin(Rc<Caller>)                             -> 200 NewTotp;
    DELETE "/v1/auth/mfa/totp"           session normal problem [fresh] => mfa::remove(Rc<Caller>)                            -> 204 ();
    POST   "/v1/auth/mfa/totp/confirm"   session normal problem         => mfa::confirm(Rc<Caller>, Json<Confirmation>)       -> 200 RecoveryCodes;
    POST   "/v1/auth/mfa/recovery-codes" session normal problem [fresh] => mfa::renew(Rc<Caller>)                             -> 200 RecoveryCodes;
    POST   "/v1/auth/mfa/verify"         public  strict problem         => verify::create(Json<Verification>)                 -> 200 TokenReply;
    POST   "/v1/auth/step-up"            session normal problem         => step_up::create(Rc<Caller>, Json<StepUp>)          -> 200 Proved;
}
