//! The mini-programs that may sign people in, as the deployment configures them. Not here: asking WeChat.

use serde::Deserialize;
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use shared::secret::Secret;

/// Where WeChat answers.
const WECHAT: &str = "https://api.weixin.qq.com";

/// The app that the simulator of `tests/` knows, for local stacks that configure none.
const SIMULATED: (&str, &str) = ("wx0000000000000001", "simulated-secret-1");

/// A mini-program.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// `wx…`.
    pub app_id: String,
    /// Its secret, which is told to WeChat alone.
    pub secret: Secret,
}

/// All of them, and where WeChat is.
#[derive(Debug)]
pub struct Apps {
    list: Vec<App>,
    base: String,
}

impl Apps {
    /// Reads `WECHAT_APPS` and `WECHAT_BASE_URL`. A local stack that configures none has the simulator's.
    ///
    /// # Errors
    /// 404 where no app is configured, 503 when the setting cannot be used.
    pub fn read(cx: &Cx) -> Result<Self, Problem> {
        let var = |name| cx.platform.var(name);
        let unusable = |cause: &str| Problem::from(Code::Unavailable).because(cause);
        let local = cx.config.is_local();
        let simulator = var("SIMULATOR_URL").filter(|_| local);
        let (list, base) = match (var("WECHAT_APPS"), simulator) {
            (Some(text), _) => {
                let list: Vec<App> = shared::json::read(&text).map_err(|_| unusable("WECHAT_APPS is unreadable"))?;
                (list, var("WECHAT_BASE_URL").unwrap_or_else(|| WECHAT.to_owned()))
            }
            (None, Some(url)) => {
                let (id, secret) = SIMULATED;
                let app = App { app_id: id.to_owned(), secret: Secret::new(secret.to_owned()) };
                (vec![app], format!("{url}/wechat"))
            }
            (None, None) => (Vec::new(), String::new()),
        };
        if list.is_empty() {
            return Err(Problem::from(Code::NotFound).detail("Signing in with WeChat is not set up here."));
        }
        if !base.starts_with("https://") && !local {
            return Err(unusable("WECHAT_BASE_URL must be https"));
        }
        Ok(Self { list, base: base.trim_end_matches('/').to_owned() })
    }

    /// The app with this id, or the first one.
    ///
    /// # Errors
    /// 422 for an app that is not configured.
    pub fn choose(&self, wanted: Option<&str>) -> Result<&App, Problem> {
        let found = match wanted {
            Some(id) => self.list.iter().find(|app| app.app_id == id),
            None => self.list.first(),
        };
        found.ok_or_else(|| Problem::invalid("/app_id", "unknown", "is no mini-program of this deployment"))
    }

    /// The URL of a path at WeChat.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
