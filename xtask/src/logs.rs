//! Log lines of the Workers, shortened for people. Not here: keeping them (the
//! runtime writes every line as it was to `workers.log`).

use serde_json::Value;

/// One line for the terminal: time, service, message and what a request was.
/// A line that is no JSON object is returned as it is.
pub(crate) fn short(level: &str, message: &str) -> String {
    let Ok(Value::Object(line)) = serde_json::from_str::<Value>(message) else {
        return if level == "error" { format!("! {message}") } else { message.to_owned() };
    };
    let line = Value::Object(line);
    let mut parts = Vec::new();
    parts.extend(find(&line, &["timestamp", "time"]).map(|time| clock_time(&time)));
    let told = find(&line, &["level"]).unwrap_or_else(|| level.to_owned());
    if told != "info" && told != "log" {
        parts.push(told.to_uppercase());
    }
    parts.extend(find(&line, &["service", "function"]).map(|name| format!("{name:<8}")));
    let message = find(&line, &["message"]);
    let request = request(&line);
    // What is fine or stands in the request anyway is left out.
    let told = |text: &String| match &request {
        Some(request) => text != "ok" && !request.starts_with(text.as_str()),
        None => true,
    };
    parts.extend(message.filter(told));
    parts.extend(request);
    parts.extend(find(&line, &["error", "cause"]));
    parts.join(" ")
}

/// "POST /v1/auth/login 200 31 ms", as far as the line tells.
fn request(line: &Value) -> Option<String> {
    let method = find(line, &["method"])?;
    let path = find(line, &["path", "route"])?;
    let mut text = format!("{method} {path}");
    if let Some(status) = find(line, &["status"]) {
        text = format!("{text} {status}");
    }
    if let Some(duration) = find(line, &["duration_ms", "durationMs"]) {
        text = format!("{text} {duration} ms");
    }
    Some(text)
}

/// The first of these fields, at the top or in `metadata`.
fn find(line: &Value, names: &[&str]) -> Option<String> {
    let metadata = line.get("metadata").unwrap_or(&Value::Null);
    names.iter().find_map(|name| {
        let value = line.get(name).or_else(|| metadata.get(name))?;
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    })
}

/// "10:30:00" of "2024-12-20T10:30:00.000Z".
fn clock_time(timestamp: &str) -> String {
    timestamp.split_once('T').and_then(|(_, time)| time.get(..8)).unwrap_or(timestamp).to_owned()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_request_line_tells_time_service_and_outcome() {
        let line = r#"{"timestamp":"2026-11-20T10:30:00.120Z","level":"info","service":"auth",
            "message":"POST /v1/auth/login","metadata":{"method":"POST","path":"/v1/auth/login",
            "status":200,"duration_ms":31}}"#;
        assert_eq!(short("log", line), "10:30:00 auth     POST /v1/auth/login 200 31 ms");
    }

    #[test]
    fn a_warning_says_so_and_keeps_its_message() {
        let line = r#"{"level":"warn","service":"ai","message":"no price","metadata":{}}"#;
        assert_eq!(short("warn", line), "WARN ai       no price");
    }

    #[test]
    fn a_line_that_is_no_json_is_kept() {
        assert_eq!(short("log", "hello"), "hello");
        assert_eq!(short("error", "panicked"), "! panicked");
    }
}
