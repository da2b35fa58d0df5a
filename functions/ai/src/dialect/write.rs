//! Writing JSON as text: commas are put where the text so far asks for one.

/// JSON in the making.
#[derive(Default)]
pub(crate) struct Json(pub(crate) String);

impl Json {
    /// A value, as JSON text; also `{` and `[`.
    #[inline(never)]
    pub(crate) fn raw(&mut self, json: &str) -> &mut Self {
        // A value never ends like this, a string closes with its quote.
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
        self.0.push_str(json);
        self
    }

    /// The end of an object or array.
    #[inline(never)]
    pub(crate) fn close(&mut self, bracket: char) -> &mut Self {
        self.0.push(bracket);
        self
    }

    /// A member's name, which needs no escapes.
    #[inline(never)]
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.raw("\"");
        self.0.push_str(name);
        self.0.push_str("\":");
        self
    }

    /// A member with its value's JSON text; also `{` and `[`.
    #[inline(never)]
    pub(crate) fn field(&mut self, name: &str, json: &str) -> &mut Self {
        self.key(name).raw(json)
    }

    /// The same, where there is a value.
    #[inline(never)]
    pub(crate) fn maybe(&mut self, name: &str, json: Option<&str>) -> &mut Self {
        match json {
            Some(json) => self.field(name, json),
            None => self,
        }
    }

    /// A member whose value is what stands between a string's quotes.
    #[inline(never)]
    pub(crate) fn word(&mut self, name: &str, inner: &str) -> &mut Self {
        self.key(name).raw("\"");
        self.0.push_str(inner);
        self.0.push('"');
        self
    }

    /// A member whose value is a number.
    #[inline(never)]
    pub(crate) fn count(&mut self, name: &str, number: u64) -> &mut Self {
        self.field(name, &number.to_string())
    }
}

/// A text as a JSON string.
#[inline(never)]
pub(crate) fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

/// JSON without line ends: between its tokens they mean nothing, and within its strings there are none.
pub(crate) fn one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}
