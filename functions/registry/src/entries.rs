//! The entries of the registry, kind by kind: the same five handlers for each. How a change is made is in `change`.

use catalogue::registry::Kind;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{JSON_LIMIT, read_body, require_json};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::change::{self, Wish};
use crate::model::{Entry, EntryRow};
use crate::{refusal, store};

/// The handlers of one kind.
macro_rules! handlers {
    ($module:ident, $kind:expr, $what:literal) => {
        #[doc = concat!("Handlers of ", $what, ".")]
        pub mod $module {
            use std::rc::Rc;

            use catalogue::registry::Kind;
            use shared::auth::Caller;
            use shared::cx::Cx;
            use shared::extract::{Path, Query};
            use shared::page::{Page, PageQuery};
            use shared::problem::Problem;

            use crate::model::Entry;

            #[doc = concat!("Lists ", $what, " that were registered, by their ids; built-in ones are not among them.")]
            ///
            /// # Errors
            /// None beyond the row's own.
            pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<Entry>, Problem> {
                super::list(cx, $kind, query).await
            }

            #[doc = concat!("Reads one of ", $what, ".")]
            ///
            /// # Errors
            /// 404 where nothing of this id was registered.
            pub async fn read(cx: &Cx, Path(id): Path) -> Result<Entry, Problem> {
                super::read(cx, $kind, &id).await
            }

            #[doc = concat!("Adds one of ", $what, ", or writes it anew.")]
            ///
            /// # Errors
            /// 412 when the registry is not at the revision of `If-Match`, 422 for what does not fit.
            pub async fn put(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Entry, Problem> {
                super::put(cx, &caller, $kind, &id).await
            }

            #[doc = concat!("Removes one of ", $what, ".")]
            ///
            /// # Errors
            /// 404 where nothing of this id was registered, 412 as above, 422 while something else names it.
            pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
                super::remove(cx, &caller, $kind, &id).await
            }

            /// What they are.
            pub const KIND: Kind = $kind;
        }
    };
}

handlers!(providers, Kind::Provider, "the providers");
handlers!(models, Kind::Model, "the models");
handlers!(aliases, Kind::Alias, "the aliases");
handlers!(prices, Kind::Price, "the prices");
handlers!(routes, Kind::Route, "the routes");

async fn list(cx: &Cx, kind: Kind, query: PageQuery) -> Result<Page<Entry>, Problem> {
    let after = page::after(cx, query.cursor.as_deref())?;
    let wanted = store::entries(kind, after.as_deref(), query.limit.to_read());
    let rows: Vec<EntryRow> = cx.platform.db().all(wanted).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Entry::from)
}

async fn read(cx: &Cx, kind: Kind, id: &str) -> Result<Entry, Problem> {
    let row: Option<EntryRow> = cx.platform.db().first(store::entry(kind, id)).await?;
    row.map(Entry::from).ok_or_else(|| Code::NotFound.into())
}

async fn put(cx: &Cx, caller: &Caller, kind: Kind, id: &str) -> Result<Entry, Problem> {
    require_json(cx)?;
    let text = refusal::json(read_body(cx, JSON_LIMIT).await?)?;
    let named = kind.id_of(&text).map_err(refusal::unreadable)?;
    if named != id {
        return Err(Problem::invalid("/id", "mismatch", "is not what the path names"));
    }
    change::make(cx, caller, &Wish::Entry(kind, id, Some(&text))).await?;
    read(cx, kind, id).await
}

async fn remove(cx: &Cx, caller: &Caller, kind: Kind, id: &str) -> Result<(), Problem> {
    change::make(cx, caller, &Wish::Entry(kind, id, None)).await.map(|_| ())
}
