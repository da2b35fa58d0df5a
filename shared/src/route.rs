//! One URL is one row: what is known about a route stands here, and dispatch,
//! OpenAPI, the gateway's map and the permission snapshot are derived from it.
//! Not here: what happens to a request (`pipeline`).

use ::futures::future::LocalBoxFuture;

use crate::auth::Scope;
use crate::auth::{Door, errand, programs};
use crate::cx::Cx;
use crate::problem::Problem;
use crate::reply::Reply;

/// The HTTP methods a row may answer (RFC 9110 §9). `HEAD` is answered by the `GET` row,
/// `OPTIONS` by the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or commands.
    Post,
    /// Replaces.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The row's method that serves the wire's `name`; `HEAD` is served by `GET`.
    pub fn serving(name: &str) -> Option<Self> {
        Some(match name {
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
}

/// Who may call a row. There is no default: a row without one does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, signed in or not: no token is looked at.
    Public,
    /// Anyone, too; but who shows a token, key or signature is let in with it as on a `User` row, or refused. What they then
    /// reach the handler decides.
    Open,
    /// A caller with a valid access token; no I/O, so a token lives until it expires.
    User,
    /// As `User`, and the session is asked of the database: a revoked one is refused at once.
    Session,
    /// As `Session`, with the role `admin`.
    Admin,
}

/// How often a row may be called by one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Not counted: health and constants.
    None,
    /// Counted by the runtime's local limiter, per location; costs no round trip.
    Normal,
    /// Counted in a Durable Object, exact across isolates and locations; one round trip.
    Strict,
}

/// The shape in which a row's errors are told (every status, 401, 413, 429, 500 and 503 included).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 9457 `application/problem+json`.
    Problem,
    /// OpenAI's `{"error": {"message", "type", "param", "code"}}`.
    Openai,
    /// Anthropic's `{"type": "error", "error": {"type", "message"}}`.
    Anthropic,
    /// OAuth's `{"error", "error_description"}` (RFC 6749 §5.2).
    Oauth,
}

/// What a row may have beside its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `once`: accepts `Idempotency-Key` (creates or pays).
    pub once: bool,
    /// `slow`: may take as long as an upstream does; the gateway waits for it.
    pub slow: bool,
    /// `cached`: a public read with an `ETag`, which clients may keep for five minutes.
    pub cached: bool,
    /// `fresh`: the person must have proved who they are within the last ten minutes. For `session` and
    /// `admin` rows, whose session is read anyway.
    pub fresh: bool,
    /// `proof`: a proof of work may be demanded. For `strict` rows, which know how often a network came.
    pub proof: bool,
    /// `private`: a read that is nobody's but the person's, so that an administrator who acts in their place does
    /// not get it either. `session` rows that write are so without the mark.
    pub private: bool,
    /// `tus`: speaks tus 1.0, and says so in every reply, refusals and `OPTIONS` included.
    pub tus: bool,
}

impl Marks {
    /// No mark.
    pub const NONE: Self =
        Self { once: false, slow: false, cached: false, fresh: false, proof: false, private: false, tus: false };
}

impl Row {
    /// Whether an administrator gets in who acts in the caller's place: on `user` rows, and where a `session` row
    /// only reads and is not `private`. Whatever changes an account or what it owns is its person's alone.
    pub const fn opens_to_stand_ins(&self) -> bool {
        match self.who {
            Who::Public | Who::Open | Who::User => !self.marks.fresh,
            Who::Session => matches!(self.method, Method::Get) && !self.marks.fresh && !self.marks.private,
            Who::Admin => false,
        }
    }
}

/// The future of one handled request.
pub type Handling<'a> = LocalBoxFuture<'a, Result<Reply, Problem>>;

/// One URL.
pub struct Row {
    /// The method it answers.
    pub method: Method,
    /// The path, in matchit's syntax: `/v1/orders/{id}`.
    pub path: &'static str,
    /// Who may call.
    pub who: Who,
    /// The door of rows that are not public. Functions that have only public ones carry none of it.
    pub door: Option<Door>,
    /// What an API key must be allowed for this row; without one no key opens it.
    pub scope: Option<Scope>,
    /// How programs get in, where the row names a scope.
    pub programs: Option<programs::Door>,
    /// How jobs get in whose makers are not there, where the row asks for it.
    pub errands: Option<errand::Door>,
    /// How often.
    pub limit: Limit,
    /// The shape of its errors.
    pub dialect: Dialect,
    /// `once`, `slow`, `cached`, `fresh`, `proof`, `private`, `tus`.
    pub marks: Marks,
    /// The status of a success.
    pub status: u16,
    /// The handler's path, `sessions::create`: the operation id of the API description.
    pub handler: &'static str,
    /// Extracts the arguments, runs the handler, makes the reply.
    pub call: for<'a> fn(&'a Cx) -> Handling<'a>,
    /// What goes in and out, as JSON schemas; on the host only.
    #[cfg(not(target_arch = "wasm32"))]
    pub shape: fn(&mut schemars::SchemaGenerator) -> crate::schema::Shape,
}

/// Declares a function's route table as `pub static TABLE: Table`.
///
/// ```text
/// routes! { "auth":
///     // method path            who    limit  dialect [marks]  handler                           replies
///     POST "/v1/auth/login"     public strict problem       => sessions::create(Json<Credentials>) -> 200 Tokens;
/// }
/// ```
/// `user(use:ai)` in the column `who` lets API keys in that have this scope; `user(use:ai errands)` jobs, too.
/// A wrong argument or reply type does not compile.
#[macro_export]
macro_rules! routes {
    ($service:literal $(else $fallback:path)? : $(
        $method:ident $path:literal $who:ident $(($($scope:tt)+))? $limit:ident $dialect:ident $([$($mark:ident),*])?
            => $($handler:ident)::+ ( $($arg:ty),* ) -> $status:literal $reply:ty ;
    )*) => {
        const ROWS: &[$crate::route::Row] = &[$(
            $crate::route::Row {
                method: $crate::route_method!($method),
                path: $path,
                who: $crate::route_who!($who),
                door: $crate::route_door!($who),
                scope: $crate::route_scope!($($($scope)+)?),
                programs: $crate::route_programs!($($($scope)+)?),
                errands: $crate::route_errands!($($($scope)+)?),
                limit: $crate::route_limit!($limit),
                dialect: $crate::route_dialect!($dialect),
                marks: {
                    #[allow(unused_mut, reason = "rows without marks change nothing")]
                    let mut marks = $crate::route::Marks::NONE;
                    $($(marks.$mark = true;)*)?
                    marks
                },
                status: $status,
                handler: $crate::route_name!($($handler)::+),
                call: {
                    fn call(cx: &$crate::cx::Cx) -> $crate::route::Handling<'_> {
                        ::std::boxed::Box::pin(async move {
                            let reply: $reply = $($handler)::+(
                                cx, $(<$arg as $crate::extract::Extract>::extract(cx).await?),*
                            ).await?;
                            $crate::reply::IntoReply::into_reply(reply, $status)
                        })
                    }
                    call
                },
                #[cfg(not(target_arch = "wasm32"))]
                shape: |generator| $crate::schema::Shape {
                    inputs: ::std::vec![$(<$arg as $crate::extract::Extract>::describe(generator)),*],
                    reply: <$reply as $crate::schema::Described>::describe(generator),
                },
            }
        ),*];

        /// Every URL this function answers.
        pub static TABLE: $crate::table::Table = $crate::route_table!($service, ROWS $(, $fallback)?);
    };
}

/// A table with or without a fallback.
#[doc(hidden)]
#[macro_export]
macro_rules! route_table {
    ($service:literal, $rows:ident) => {
        $crate::table::Table::new($service, $rows)
    };
    ($service:literal, $rows:ident, $fallback:path) => {
        $crate::table::Table::with_fallback($service, $rows, $fallback)
    };
}

/// A handler's path without the spaces that `stringify!` puts in.
#[doc(hidden)]
#[macro_export]
macro_rules! route_name {
    ($first:ident $(:: $rest:ident)*) => { concat!(stringify!($first) $(, "::", stringify!($rest))*) };
}

/// The `method` column.
#[doc(hidden)]
#[macro_export]
macro_rules! route_method {
    (GET) => {
        $crate::route::Method::Get
    };
    (POST) => {
        $crate::route::Method::Post
    };
    (PUT) => {
        $crate::route::Method::Put
    };
    (PATCH) => {
        $crate::route::Method::Patch
    };
    (DELETE) => {
        $crate::route::Method::Delete
    };
}

/// The `who` column.
#[doc(hidden)]
#[macro_export]
macro_rules! route_who {
    (public) => {
        $crate::route::Who::Public
    };
    (open) => {
        $crate::route::Who::Open
    };
    (user) => {
        $crate::route::Who::User
    };
    (session) => {
        $crate::route::Who::Session
    };
    (admin) => {
        $crate::route::Who::Admin
    };
}

/// The door behind `who`.
#[doc(hidden)]
#[macro_export]
macro_rules! route_door {
    (public) => {
        None
    };
    ($who:ident) => {
        Some($crate::auth::door)
    };
}

/// The scope behind `who`.
#[doc(hidden)]
#[macro_export]
macro_rules! route_scope {
    () => {
        None
    };
    (use:ai $(errands)?) => {
        Some($crate::auth::Scope::UseAi)
    };
    (use:files) => {
        Some($crate::auth::Scope::UseFiles)
    };
    (read:usage) => {
        Some($crate::auth::Scope::ReadUsage)
    };
}

/// The door behind a scope.
#[doc(hidden)]
#[macro_export]
macro_rules! route_programs {
    () => {
        None
    };
    ($($scope:tt)+) => {
        Some($crate::auth::programs::door)
    };
}

/// The door for errands, behind a scope.
#[doc(hidden)]
#[macro_export]
macro_rules! route_errands {
    ($a:tt : $b:tt errands) => {
        Some($crate::auth::errand::door)
    };
    ($($scope:tt)*) => {
        None
    };
}

/// The `limit` column.
#[doc(hidden)]
#[macro_export]
macro_rules! route_limit {
    (none) => {
        $crate::route::Limit::None
    };
    (normal) => {
        $crate::route::Limit::Normal
    };
    (strict) => {
        $crate::route::Limit::Strict
    };
}

/// The `dialect` column.
#[doc(hidden)]
#[macro_export]
macro_rules! route_dialect {
    (problem) => {
        $crate::route::Dialect::Problem
    };
    (openai) => {
        $crate::route::Dialect::Openai
    };
    (anthropic) => {
        $crate::route::Dialect::Anthropic
    };
    (oauth) => {
        $crate::route::Dialect::Oauth
    };
}
