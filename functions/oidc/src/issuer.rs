//! Who we are to apps: the address that stands in discovery, in `iss` of every token, and before every endpoint; and
//! whom access tokens can be for.

use shared::cx::Cx;
use shared::problem::{Code, Problem};

/// Our address, without a slash at its end. Locally it is where we were asked; elsewhere it is configured, because
/// apps pin it and it must not follow a request.
///
/// # Errors
/// 503 without `PUBLIC_URL`.
pub fn issuer(cx: &Cx) -> Result<String, Problem> {
    if cx.config.is_local() {
        return Ok(cx.head.origin().to_owned());
    }
    let origin = cx.platform.var("PUBLIC_URL").filter(|url| url.starts_with("https://"));
    let missing = || Problem::from(Code::Unavailable).because("PUBLIC_URL is missing or not https");
    origin.map(|url| url.trim_end_matches('/').to_owned()).ok_or_else(missing)
}

/// Other servers that access tokens can be asked for (RFC 8707): `OIDC_RESOURCES`.
pub fn resources(cx: &Cx) -> Vec<String> {
    let text = cx.platform.var("OIDC_RESOURCES").unwrap_or_default();
    text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

/// A server that no tokens are given for.
#[derive(Debug, PartialEq, Eq)]
pub struct Elsewhere;

/// Whom a token is asked for: `None` for ourselves, by our address or by not naming anybody.
///
/// # Errors
/// When it is none of `resources`.
pub fn resource_of(asked: Option<&str>, issuer: &str, resources: &[String]) -> Result<Option<String>, Elsewhere> {
    match asked {
        None => Ok(None),
        Some(one) if one.trim_end_matches('/') == issuer => Ok(None),
        Some(one) if resources.iter().any(|known| known == one) => Ok(Some(one.to_owned())),
        Some(_) => Err(Elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::{Elsewhere, resource_of};

    #[test]
    fn tokens_are_for_us_or_for_a_server_that_is_configured() {
        let known = ["https://mcp.example/mcp".to_owned()];
        let check = |asked| resource_of(asked, "https://api.example", &known);
        assert_eq!(check(None), Ok(None));
        assert_eq!(check(Some("https://api.example/")), Ok(None));
        assert_eq!(check(Some("https://mcp.example/mcp")), Ok(Some(known[0].clone())));
        assert_eq!(check(Some("https://mcp.example/mcp/")), Err(Elsewhere));
    }
}
