//! Which functions there are and which of their rows clients see; and what must
//! be true of all tables together. Not here: what is made of the rows.

use std::collections::BTreeMap;

use shared::route::Row;
use shared::table::Table;

use crate::fixtures::{FIXTURES, fixture_fault, of_member};

/// A function with a public route table. `hash` and `coordinators` have none: they are
/// reached by bindings alone.
pub(crate) struct Function {
    /// The heading of its section on the reference page.
    pub(crate) title: &'static str,
    /// What it is for, in a sentence or two for its callers.
    pub(crate) about: &'static str,
    /// Its rows.
    pub(crate) table: &'static Table,
}

impl Function {
    /// The name of the crate, of the Worker and of the tag.
    pub(crate) fn name(&self) -> &'static str {
        self.table.service
    }

    /// Whether it is the front door itself.
    pub(crate) fn is_gateway(&self) -> bool {
        self.name() == "gateway"
    }

    /// The rows that clients of the gateway see. Each function answers `/healthz` and `/readyz`,
    /// but at the gateway those are the gateway's own.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'static Row> {
        let own = self.is_gateway();
        self.table.rows.iter().filter(move |row| own || !matches!(row.path, "/healthz" | "/readyz"))
    }
}

/// Every function, in the order of the reference page.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function {
        title: "Accounts",
        about: "Registration, sign-in and sessions. Access tokens are short-lived and verified without a lookup; \
refresh tokens are used once and replaced.",
        table: &auth::TABLE,
    },
    Function {
        title: "Mailed links",
        about: "Proving an address, a new password, signing in and another address by a link in a letter. Each works once.",
        table: &links::TABLE,
    },
    Function {
        title: "Second factor",
        about: "Authenticator apps and recovery codes; the second half of a sign-in; proving again who one is, \
for rows that ask for a proof not older than ten minutes.",
        table: &factors::TABLE,
    },
    Function {
        title: "Passkeys",
        about: "Signing in without a password, by Web Authentication. Options go to the browser and its answers come here as \
they are: no library is needed on a page.",
        table: &passkeys::TABLE,
    },
    Function {
        title: "People",
        about: "What people see and change of themselves, the API keys they make for their programs, and what \
administrators do with accounts.",
        table: &users::TABLE,
    },
    Function {
        title: "Organisations",
        about: "People together: members with roles, what each role may do, and invitations. An organisation is there for its \
members alone; to everybody else it is 404.",
        table: &organisations::TABLE,
    },
    Function {
        title: "Guests and impersonation",
        about: "An account before there is an address, and how it gets one; administrators in somebody's place.",
        table: &guests::TABLE,
    },
    Function {
        title: "AI",
        about: "Models of many providers behind OpenAI's routes and shapes: point an OpenAI client at `/v1` of this origin, \
with an access token or an API key. Every call is reserved against the budget before it is made, and has its price after it.",
        table: &ai::TABLE,
    },
    Function {
        title: "AI registry",
        about: "What the gateway calls and what it costs: providers, models, aliases, prices and routes, changed without a \
deployment and seen within seconds; their history; keys of providers. For administrators.",
        table: &registry::TABLE,
    },
    Function {
        title: "Prompts and talk",
        about: "Templates with versions and labels, presets for writing and analysis, conversations with models, and what people \
think of answers. Models are asked in the caller's name, at their cost.",
        table: &talk::TABLE,
    },
    Function {
        title: "Files",
        about: "Files of people, in OpenAI's shape. What they are is decided by their bytes; what could run is never shown in place.",
        table: &files::TABLE,
    },
    Function {
        title: "Shares",
        about: "Who reads a file besides its owner: single people, and whoever has a link. And for administrators what should lie \
in the bucket, and whether it does.",
        table: &shares::TABLE,
    },
    Function {
        title: "Uploads",
        about: "Ways by which the bytes of a file come in beside the small form: whole, resumable by tus, in parts in OpenAI's shape, or \
straight into the bucket. Nothing is seen of a file until it is whole; room for it is reserved from the beginning.",
        table: &ingest::TABLE,
    },
    Function {
        title: "Pictures",
        about: "Pictures among files: what they are, variants of them at signed addresses, their bytes without what is written \
beside them, and the faces of people and organisations.",
        table: &pictures::TABLE,
    },
    Function {
        title: "Batches",
        about: "Files of calls that are asked when nobody waits, in OpenAI's shape. A batch calls models in the name of whoever made it, under the same \
budgets, for as long as their account and key live.",
        table: &batches::TABLE,
    },
    Function {
        title: "Evaluations",
        about: "Data sets put to models, and what scorers say of the answers, in OpenAI's shape. A run calls models in the name of whoever made it.",
        table: &evaluations::TABLE,
    },
    Function {
        title: "Fine-tuning",
        about: "Models trained further by their providers, in OpenAI's shape. What comes of it is registered for whoever pays, and nobody else.",
        table: &tuning::TABLE,
    },
    Function {
        title: "Analyses",
        about: "Pictures that a model has looked at: described, tagged, read, judged, scored by a rubric. An analysis waits in a \
queue and calls the model in the name of whoever made it; when it ends, a poll, a stream of events or a signed webhook says so.",
        table: &analyses::TABLE,
    },
    Function {
        title: "Usage",
        about: "What AI calls cost, and how each of them went. A finished call is visible here within seconds.",
        table: &usage::TABLE,
    },
    Function {
        title: "Other services",
        about: "Signing in by the word of another service. The reply is that of a log-in.",
        table: &social::TABLE,
    },
    Function {
        title: "WeChat",
        about: "Signing in from a mini-program, and the telephone number that WeChat has verified. The reply is that of a log-in.",
        table: &wechat::TABLE,
    },
    Function {
        title: "Audit",
        about: "What happened to accounts, in a chain of hashes whose signed end is kept outside of the database. \
Administrators read and export it; everybody reads what happened to their own account.",
        table: &audit::TABLE,
    },
    Function {
        title: "Other apps",
        about: "Signing in to other apps with an account here: an OpenID Connect provider, with a page that asks the person. \
What apps call themselves answers as OAuth says; the rest is ours.",
        table: &oidc::TABLE,
    },
    Function {
        title: "Mail",
        about: "Letters that accounts cause. Their sending has no routes; on a developer's machine they are read here, \
anywhere else these rows are 404.",
        table: &mail::TABLE,
    },
    Function {
        title: "Gateway",
        about: "The front door: it passes calls on to the functions, and answers for the whole itself.",
        table: &gateway::TABLE,
    },
];

/// What is wrong with the tables, one sentence each; empty when all is well.
pub(crate) fn faults(functions: &[Function]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    let mut dialects = BTreeMap::new();
    for function in functions {
        let name = function.name();
        if !function.table.is_sound() {
            faults.push(format!("{name}: two rows are equal, or their paths conflict"));
        }
        for row in function.rows() {
            let owner = owners.entry(label(row)).or_insert(name);
            if *owner != name {
                faults.push(format!("{}: both {owner} and {name} have it", label(row)));
            }
            let dialect = *dialects.entry(row.path).or_insert(row.dialect);
            if dialect != row.dialect {
                faults.push(format!("{}: its errors have two shapes", row.path));
            }
            if row.path.starts_with("/v1/organisations/{id}") && of_member(row).is_none() {
                faults.push(format!("{name}: {} does not say what a plain member is answered", label(row)));
            }
            if let Some(fault) = fixture_fault(row, FIXTURES) {
                faults.push(format!("{name}: {fault}"));
            }
        }
    }
    faults
}

/// `GET /v1/auth/me`.
pub(crate) fn label(row: &Row) -> String {
    format!("{} {}", row.method.as_str(), row.path)
}

/// What stands between braces in a row's path, in order; `*` before a name that may contain `/`.
pub(crate) fn path_parameters(path: &'static str) -> Vec<&'static str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// The path as clients read it: without matchit's mark of a parameter that may contain `/`.
pub(crate) fn plain_path(path: &str) -> String {
    path.replace("{*", "{")
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::extract::Path;
    use shared::health;
    use shared::routes;

    use super::*;

    async fn order(cx: &shared::cx::Cx, _: Path) -> Result<health::Health, shared::problem::Problem> {
        health::live(cx).await
    }

    routes! { "shop":
        GET "/healthz"         public none   problem => health::live()  -> 200 health::Health;
        GET "/v1/orders/{id}"  user   normal problem => order(Path)     -> 200 health::Health;
        GET "/v1/auth/me"      user   normal problem => health::live()  -> 200 health::Health;
        GET "/v1/auth/me"      admin  normal problem => health::ready() -> 200 health::Health;
    }

    /// A table with every fault.
    pub(crate) static SHOP: Function = Function { title: "Shop", about: "Orders.", table: &TABLE };

    #[test]
    fn the_tables_are_without_fault() {
        assert_eq!(faults(FUNCTIONS), Vec::<String>::new());
    }

    #[test]
    fn a_table_with_two_equal_rows_is_not_sound() {
        assert!(faults(std::slice::from_ref(&SHOP)).iter().any(|fault| fault.starts_with("shop: two rows")));
    }

    #[test]
    fn two_functions_cannot_own_one_method_of_a_path() {
        let both =
            [Function { title: "", about: "", table: &auth::TABLE }, Function { title: "", about: "", table: &TABLE }];
        assert!(faults(&both).iter().any(|fault| fault == "GET /v1/auth/me: both auth and shop have it"));
    }

    #[test]
    fn health_rows_of_a_function_behind_the_gateway_are_not_clients() {
        assert!(SHOP.rows().all(|row| row.path != "/healthz"));
    }

    #[test]
    fn path_parameters_are_named_in_order() {
        assert_eq!(path_parameters("/v1/a/{id}/b/{*rest}"), ["id", "*rest"]);
    }
}
