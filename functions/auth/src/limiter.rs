//! The limiter object: counts the calls of one client to one strict row, exactly, wherever they
//! arrive. How it counts is in `shared::limit`.

use std::cell::Cell;

use shared::limit::{Ask, STRICT_WINDOW_S, Window};
use shared::platform::{Object, Question, now_ms};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS counted (id TEXT PRIMARY KEY, window TEXT NOT NULL) STRICT";
const READ: &str = "SELECT window FROM counted";
const WRITE: &str = "INSERT OR REPLACE INTO counted (id, window) VALUES ('one', ?)";

/// The object's state in memory, and its table.
pub(crate) struct Limiting {
    object: Object,
    window: Cell<Option<Window>>,
    has_alarm: Cell<bool>,
}

impl Limiting {
    /// Nothing is read before the first question.
    pub(crate) const fn new(object: Object) -> Self {
        Self { object, window: Cell::new(None), has_alarm: Cell::new(false) }
    }

    /// Counts one call: 200 and the verdict.
    pub(crate) async fn answer(&self, question: Question) -> Result<(u16, String), String> {
        let ask: Ask = shared::json::read(&question.body).map_err(|error| error.to_string())?;
        let mut window = self.window()?;
        let verdict = window.take(&ask);
        self.window.set(Some(window));
        let text = serde_json::to_string(&window).map_err(|error| error.to_string())?;
        self.object.run(WRITE, [Some(&text), None, None])?;
        if !self.has_alarm.get() {
            self.object.set_alarm(later(ask.window_s)).await?;
            self.has_alarm.set(true);
        }
        serde_json::to_string(&verdict).map(|text| (200, text)).map_err(|error| error.to_string())
    }

    /// Forgets a client that has been quiet for two windows.
    pub(crate) async fn ring(&self) -> Result<(), String> {
        let window = self.window()?;
        if window.is_over(now_ms(), STRICT_WINDOW_S) {
            self.window.set(None);
            self.has_alarm.set(false);
            return self.object.delete_all().await;
        }
        self.has_alarm.set(true);
        self.object.set_alarm(later(STRICT_WINDOW_S)).await
    }

    fn window(&self) -> Result<Window, String> {
        if let Some(window) = self.window.get() {
            return Ok(window);
        }
        self.object.run(TABLE, [None; 3])?;
        let rows = self.object.rows(READ)?;
        let kept = rows.first().and_then(|row| shared::json::read(row.first()?).ok());
        Ok(kept.unwrap_or_default())
    }
}

fn later(window_s: u64) -> u64 {
    now_ms().saturating_add(window_s.saturating_mul(3000))
}
