//! Signing in with WeChat's mini-programs, and what WeChat says of a person. A session begins where all of them do, in
//! `shared::accounts::sign_in`. Not here: other services, and the list of one's identities (`functions/social`).

mod access_token;
pub mod api;
pub mod apps;
pub mod identities;
pub mod model;
pub mod person;
pub mod phone;
pub mod sign_in;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{PhoneCode, VerifiedPhone, WechatCode, WechatLink};
use shared::accounts::identities::Identity;
use shared::accounts::sign_in::SignIn;
use shared::auth::Caller;
use shared::extract::Json;
use shared::health;
use shared::routes;

routes! { "wechat":
    // method path                        who     limit  dialect [marks] handler                                           replies
    GET    "/healthz"                     public  none   problem         => health::live()                                  -> 200 health::Health;
    GET    "/readyz"                      public  none   problem         => health::ready()                                 -> 200 health::Health;
    POST   "/v1/auth/wechat"              public  strict problem         => sign_in::create(Json<WechatCode>)               -> 200 SignIn;
    POST   "/v1/auth/wechat/phone"        session strict problem         => phone::create(Rc<Caller>, Json<PhoneCode>)      -> 200 VerifiedPhone;
    POST   "/v1/auth/identities/wechat"   session strict problem [fresh] => identities::link(Rc<Caller>, Json<WechatLink>)  -> 200 Identity;
}
