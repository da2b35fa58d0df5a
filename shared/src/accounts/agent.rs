//! What a client calls itself, for people: `Firefox on Windows`. A guess from words that anyone may write: it is
//! shown and decides nothing.

/// Words of browsers and programs; the first that fits is taken, because browsers name each other behind
/// themselves.
const PROGRAMS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
    ("OpenAI/", "OpenAI client"),
    ("node", "Node.js"),
];

/// Words of systems, in the same way.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// The program and the system, as far as they are known.
pub fn device(user_agent: &str) -> String {
    let find = |words: &[(&str, &'static str)]| {
        words.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name)
    };
    match (find(PROGRAMS), find(SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn browsers_are_told_from_those_they_claim_to_be() {
        let check = |agent: &str, expected: &str| assert_eq!(device(agent), expected, "{agent}");
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        check(&format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome}"), "Chrome on Windows");
        check(&format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Edg/142.0"), "Edge on Windows");
        check("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux");
        let safari = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0";
        check(&format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {safari} Safari/605.1.15"), "Safari on Mac");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)";
        check(&format!("{phone} {safari} Mobile/15E148 Safari/604.1"), "Safari on iPhone");
        check(&format!("{phone} AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"), "WeChat on iPhone");
        check("curl/8.5.0", "curl");
        check("", "Unknown");
        check("<script>alert(1)</script>", "Unknown");
    }
}
