//! A text as a QR code, as a picture in a `data:` URL. The picture is a path on white ground and nothing else.

use base64ct::{Base64, Encoding};
use qrcodegen::{QrCode, QrCodeEcc};
use shared::problem::Problem;

/// Modules of white around the code (ISO/IEC 18004 §6.3.8).
const QUIET: i32 = 4;

/// `data:image/svg+xml;base64,…`.
///
/// # Errors
/// 500 for a text of more than some 2,300 bytes, which no address of ours makes.
pub fn data_url(text: &str) -> Result<String, Problem> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|error| Problem::internal(error.to_string()))?;
    let size = code.size() + 2 * QUIET;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"{}\"/></svg>",
        path(&code)
    );
    Ok(format!("data:image/svg+xml;base64,{}", Base64::encode_string(svg.as_bytes())))
}

/// One stroke for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|at| code.get_module(*at, y)).count();
            let length = i32::try_from(run).unwrap_or(0);
            if length > 0 {
                path.push_str(&format!("M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET));
            }
            x += length + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(text: &str) -> String {
        let url = data_url(text).unwrap();
        let data = url.strip_prefix("data:image/svg+xml;base64,").unwrap();
        String::from_utf8(Base64::decode_vec(data).unwrap()).unwrap()
    }

    #[test]
    fn the_picture_shows_every_dark_module_of_the_code() {
        let text = "otpauth://totp/Selvage:ada%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| code.get_module(*x, *y)).count();
        let svg = svg(text);
        let (_, path) = svg.rsplit_once(" d=").unwrap();
        let drawn: usize = path.split('h').filter_map(|run| run.split('v').next()?.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>") && !svg.contains("script"));
    }

    #[test]
    fn a_text_that_is_too_long_is_a_problem_and_no_panic() {
        assert!(data_url(&"x".repeat(5000)).is_err());
    }
}
