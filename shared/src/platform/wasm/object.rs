//! A Durable Object's own side: what it is asked, its tables, its alarm, and its queue.
//! Its SQL is answered at once, not by promises; the runtime makes what is written in one turn durable
//! together, and lets nothing leave the object before.

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;
use web_sys::Request;

use super::{glue, statements, task, words};

/// What the runtime gives an object.
pub struct Object {
    storage: JsValue,
    env: JsValue,
}

/// A question: the path and the body of a request, as `Platform::ask` sent it.
#[derive(Debug)]
pub struct Question {
    /// The path, beginning with a slash.
    pub path: String,
    /// The body.
    pub body: String,
}

impl Object {
    /// The object with this state and these bindings.
    pub fn new(state: &JsValue, env: JsValue) -> Self {
        Self { storage: Reflect::get(state, &"storage".into()).unwrap_or_default(), env }
    }

    /// Answers a `fetch` event with a status and a text; what fails is answered 500 with its words.
    pub fn answer<W>(request: &Request, answer: impl FnOnce(Question) -> W + 'static) -> JsValue
    where
        W: Future<Output = Result<(u16, String), String>> + 'static,
    {
        let question = task::of(&glue::question(request));
        let work = async move {
            let text = question.await?.as_string().unwrap_or_default();
            let (path, body) = text.split_once('\n').unwrap_or((&text, ""));
            let question = Question { path: path.to_owned(), body: body.to_owned() };
            let (status, text) = answer(question).await.unwrap_or_else(|cause| (500, cause));
            Ok(glue::object_reply(status, &text))
        };
        task::begin(work, &JsValue::NULL)
    }

    /// Does the work of an `alarm` event; the runtime tries again what fails.
    pub fn ring(work: impl Future<Output = Result<(), String>> + 'static) -> JsValue {
        let work = async move { work.await.map(|()| JsValue::UNDEFINED).map_err(|cause| JsValue::from_str(&cause)) };
        task::begin(work, &JsValue::NULL)
    }

    /// Runs a statement with up to three values.
    ///
    /// # Errors
    /// When the database refuses it, in its own words.
    pub fn run(&self, sql: &'static str, values: [Option<&str>; 3]) -> Result<(), String> {
        let [a, b, c] = values;
        glue::exec(&self.storage, statements::number(sql), a, b, c).map_err(|error| words(&error))
    }

    /// The rows of a statement; every column is a text.
    ///
    /// # Errors
    /// When the database refuses it, in its own words.
    pub fn rows(&self, sql: &'static str) -> Result<Vec<Vec<String>>, String> {
        self.read(sql, None)
    }

    /// The same for a statement with one value.
    ///
    /// # Errors
    /// When the database refuses it, in its own words.
    pub fn rows_of(&self, sql: &'static str, value: &str) -> Result<Vec<Vec<String>>, String> {
        self.read(sql, Some(value))
    }

    fn read(&self, sql: &'static str, value: Option<&str>) -> Result<Vec<Vec<String>>, String> {
        let rows = glue::rows(&self.storage, statements::number(sql), value).map_err(|error| words(&error))?;
        crate::json::read(&rows).map_err(|error| error.to_string())
    }

    /// Sets the alarm, in milliseconds since 1970; one that was set is gone.
    ///
    /// # Errors
    /// When the runtime does not take it.
    pub async fn set_alarm(&self, at_ms: u64) -> Result<(), String> {
        #[allow(clippy::cast_precision_loss, reason = "a time is far below 2^53")]
        let set = task::of(&glue::set_alarm(&self.storage, at_ms as f64)).await;
        set.map(|_| ()).map_err(|error| words(&error))
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the runtime fails.
    pub async fn delete_all(&self) -> Result<(), String> {
        task::of(&glue::delete_all(&self.storage)).await.map(|_| ()).map_err(|error| words(&error))
    }

    /// Sends texts to a queue, as one batch.
    ///
    /// # Errors
    /// When none is bound by this name, or it takes nothing.
    pub async fn send(&self, queue: &str, texts: impl Iterator<Item = &str>) -> Result<(), String> {
        let queue = Reflect::get(&self.env, &queue.into()).ok().filter(JsValue::is_object);
        let queue = queue.ok_or_else(|| "the queue is not bound".to_owned())?;
        let batch: Array = texts.map(JsValue::from_str).collect();
        task::of(&glue::send_batch(&queue, &batch, 0)).await.map(|_| ()).map_err(|error| words(&error))
    }
}
