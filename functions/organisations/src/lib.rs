//! Organisations: who belongs to which, what each role may do there, and how people are invited. What a caller
//! reaches is one predicate in every statement (`shared::permission`), so lists, single reads and writes agree, and a
//! right that is taken away is gone for the next statement.

pub mod defaults;
pub mod invitation_model;
pub mod invitation_store;
pub mod invitations;
pub mod member_store;
pub mod members;
pub mod model;
pub mod organisations;
pub mod role_model;
pub mod role_store;
pub mod roles;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use invitation_model::{Invitation, InvitationPreview, InvitationToken, InvitationWish};
use model::{Member, Organisation, OrganisationChange, OrganisationWish, RoleOfMember};
use role_model::{Role, RoleWish};
use shared::auth::Caller;
use shared::extract::{Json, Path, PathPair, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::routes;

routes! { "organisations":
    // method path                                               who     limit  dialect [marks]  handler                                                            replies
    GET    "/healthz"                                            public  none   problem         => health::live()                                                    -> 200 health::Health;
    GET    "/readyz"                                             public  none   problem         => health::ready()                                                   -> 200 health::Health;
    POST   "/v1/organisations"                                   session normal problem [once]  => organisations::create(Rc<Caller>, Json<OrganisationWish>)         -> 201 Organisation;
    GET    "/v1/organisations"                                   session normal problem         => organisations::list(Rc<Caller>, Query<PageQuery>)                 -> 200 Page<Organisation>;
    GET    "/v1/organisations/{id}"                              session normal problem         => organisations::read(Rc<Caller>, Path)                             -> 200 Organisation;
    PATCH  "/v1/organisations/{id}"                              session normal problem         => organisations::change(Rc<Caller>, Path, Json<OrganisationChange>) -> 200 Organisation;
    DELETE "/v1/organisations/{id}"                              session normal problem [fresh] => organisations::delete(Rc<Caller>, Path)                           -> 204 ();
    GET    "/v1/organisations/{id}/members"                      session normal problem         => members::list(Rc<Caller>, Path, Query<PageQuery>)                 -> 200 Page<Member>;
    GET    "/v1/organisations/{id}/members/{user_id}"            session normal problem         => members::read(Rc<Caller>, PathPair)                               -> 200 Member;
    PATCH  "/v1/organisations/{id}/members/{user_id}"            session normal problem         => members::change(Rc<Caller>, PathPair, Json<RoleOfMember>)         -> 200 Member;
    DELETE "/v1/organisations/{id}/members/{user_id}"            session normal problem         => members::remove(Rc<Caller>, PathPair)                             -> 204 ();
    GET    "/v1/organisations/{id}/roles"                        session normal problem         => roles::list(Rc<Caller>, Path, Query<PageQuery>)                   -> 200 Page<Role>;
    GET    "/v1/organisations/{id}/roles/{role}"                 session normal problem         => roles::read(Rc<Caller>, PathPair)                                 -> 200 Role;
    PUT    "/v1/organisations/{id}/roles/{role}"                 session normal problem         => roles::put(Rc<Caller>, PathPair, Json<RoleWish>)                  -> 200 Role;
    DELETE "/v1/organisations/{id}/roles/{role}"                 session normal problem         => roles::delete(Rc<Caller>, PathPair)                               -> 204 ();
    POST   "/v1/organisations/{id}/invitations"                  session strict problem         => invitations::create(Rc<Caller>, Path, Json<InvitationWish>)       -> 201 Invitation;
    GET    "/v1/organisations/{id}/invitations"                  session normal problem         => invitations::list(Rc<Caller>, Path, Query<PageQuery>)             -> 200 Page<Invitation>;
    GET    "/v1/organisations/{id}/invitations/{invitation_id}"  session normal problem         => invitations::read(Rc<Caller>, PathPair)                           -> 200 Invitation;
    DELETE "/v1/organisations/{id}/invitations/{invitation_id}"  session normal problem         => invitations::revoke(Rc<Caller>, PathPair)                         -> 204 ();
    POST   "/v1/invitations/preview"                             session strict problem         => invitations::preview(Rc<Caller>, Json<InvitationToken>)           -> 200 InvitationPreview;
    POST   "/v1/invitations/accept"                              session strict problem         => invitations::accept(Rc<Caller>, Json<InvitationToken>)            -> 200 Organisation;
}
