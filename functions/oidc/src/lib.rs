//! Signing in to other apps with an account here: an OpenID Connect provider, and OAuth for programs that call this
//! API in a person's name. Who the person is, is proved by the functions that sign people in; here stands what they
//! allow apps. Not here: signing in here with an account elsewhere (`social`).

pub mod authorize;
pub mod client;
pub mod client_auth;
pub mod client_store;
pub mod clients;
pub mod consent_store;
pub mod consents;
pub mod decision;
pub mod device;
pub mod device_consent_store;
pub mod device_store;
pub mod discovery;
pub mod form;
pub mod grants;
pub mod identity;
pub mod issue;
pub mod issuer;
pub mod metadata;
pub mod page;
pub mod redirect;
pub mod refresh_store;
pub mod refusal;
pub mod registration;
pub mod request;
pub mod scopes;
pub mod store;
pub mod ticket;
pub mod token;
pub mod userinfo_store;
pub mod words;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use authorize::Asked;
use clients::{Client, ClientWish, ClientWithSecret};
use consents::Consent;
use decision::{Decided, Decision};
use device::{DeviceDecided, DeviceDecision, DeviceReply, DeviceRequest};
use discovery::{ProtectedResource, ProviderMetadata};
use form::Form;
use grants::{Introspection, Revoked, TokenQuestion, UserInfo};
use issue::Tokens;
use metadata::Metadata;
use registration::RegisteredClient;
use shared::auth::Caller;
use shared::auth::keys::KeySet;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::reply::Reply;
use shared::routes;
use token::TokenRequest;

routes! { "oidc":
    // method path                                        who     limit  dialect [marks]    handler                                                     replies
    GET    "/healthz"                                     public  none   problem          => health::live()                                             -> 200 health::Health;
    GET    "/readyz"                                      public  none   problem          => health::ready()                                            -> 200 health::Health;
    GET    "/.well-known/openid-configuration"            public  none   problem [cached] => discovery::read()                                          -> 200 ProviderMetadata;
    GET    "/.well-known/oauth-authorization-server"      public  none   problem [cached] => discovery::read_oauth()                                    -> 200 ProviderMetadata;
    GET    "/.well-known/oauth-protected-resource"        public  none   problem [cached] => discovery::resource()                                      -> 200 ProtectedResource;
    GET    "/oauth/jwks"                                  public  none   problem [cached] => discovery::keys()                                          -> 200 KeySet;
    GET    "/oauth/authorize"                             public  normal problem          => authorize::show(Asked)                                     -> 200 Reply;
    POST   "/oauth/authorize"                             public  normal problem          => authorize::show_form()                                     -> 200 Reply;
    POST   "/oauth/token"                                 public  normal oauth            => token::create(Form<TokenRequest>)                          -> 200 Tokens;
    GET    "/oauth/userinfo"                              public  normal oauth            => grants::userinfo()                                         -> 200 UserInfo;
    POST   "/oauth/userinfo"                              public  normal oauth            => grants::userinfo_by_post()                                 -> 200 UserInfo;
    POST   "/oauth/introspect"                            public  normal oauth            => grants::introspect(Form<TokenQuestion>)                    -> 200 Introspection;
    POST   "/oauth/revoke"                                public  normal oauth            => grants::revoke(Form<TokenQuestion>)                        -> 200 Revoked;
    POST   "/oauth/device"                                public  strict oauth            => device::begin(Form<DeviceRequest>)                         -> 200 DeviceReply;
    POST   "/oauth/register"                              public  strict oauth            => registration::create(Json<Metadata>)                       -> 201 RegisteredClient;
    GET    "/device"                                      public  normal problem          => page::device()                                             -> 200 Reply;
    GET    "/oauth/page.css"                              public  none   problem [cached] => page::css()                                                -> 200 Reply;
    GET    "/oauth/page.js"                               public  none   problem [cached] => page::js()                                                 -> 200 Reply;
    POST   "/v1/oauth/authorize"                          session normal problem          => decision::decide(Rc<Caller>, Json<Decision>)               -> 200 Decided;
    POST   "/v1/oauth/device"                             session strict problem          => device::decide(Rc<Caller>, Json<DeviceDecision>)           -> 200 DeviceDecided;
    GET    "/v1/oauth/consents"                           session normal problem          => consents::list(Rc<Caller>, Query<PageQuery>)               -> 200 Page<Consent>;
    DELETE "/v1/oauth/consents/{id}"                      session normal problem          => consents::revoke(Rc<Caller>, Path)                         -> 204 ();
    POST   "/v1/oauth/clients"                            admin   normal problem [once]   => clients::create(Rc<Caller>, Json<ClientWish>)              -> 201 ClientWithSecret;
    GET    "/v1/oauth/clients"                            admin   normal problem          => clients::list(Query<PageQuery>)                            -> 200 Page<Client>;
    GET    "/v1/oauth/clients/{id}"                       admin   normal problem          => clients::read(Path)                                        -> 200 Client;
    PUT    "/v1/oauth/clients/{id}"                       admin   normal problem          => clients::change(Rc<Caller>, Path, Json<ClientWish>)        -> 200 ClientWithSecret;
    DELETE "/v1/oauth/clients/{id}"                       admin   normal problem          => clients::remove(Rc<Caller>, Path)                          -> 204 ();
    POST   "/v1/oauth/clients/{id}/secret"                admin   normal problem          => clients::renew_secret(Rc<Caller>, Path)                    -> 200 ClientWithSecret;
}
