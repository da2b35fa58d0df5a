//! Having the service make a picture, and whose fault it is when it does not.

use shared::cx::Cx;
use shared::platform::{Picture, RenderError, Rendered};
use shared::problem::{Code, Problem};
use uploads::bytes::failed;

use crate::look::Kind;
use crate::spec::{Fit, Gravity, Spec};

/// Milliseconds for one picture.
const DEADLINE_MS: u32 = 20_000;

/// A grey pixel as a PNG: what the service makes of anything, if it makes anything at all.
const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0xda, 0x63, 0x68, 0, 0, 0, 0x82, 0,
    0x81, 0xda, 0x45, 0x08, 0x3b, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// Makes a picture of this kind. Moving ones become their first frame.
///
/// # Errors
/// 422 `picture_unreadable` where the picture is at fault; 503 where the service is, or none is bound.
pub async fn render(cx: &Cx, source: Picture<'_>, spec: Spec, kind: Kind) -> Result<Rendered, Problem> {
    let made = cx.platform.render(source, &transform(spec), &output(spec, kind), DEADLINE_MS).await;
    let cause = match made {
        Ok(rendered) if rendered.length > 0 => return Ok(rendered),
        Ok(_) => "an empty picture".to_owned(),
        Err(RenderError::Gone) => return Err(failed("the object is gone")),
        Err(RenderError::Unbound) => return Err(unavailable("no service of pictures is bound as IMAGES")),
        Err(RenderError::Failed(cause)) => cause,
    };
    // The service's numbers do not tell reliably whose fault it was. Who makes nothing of a pixel is out of order.
    let pixel = cx.platform.render(Picture::Bytes(PIXEL), r#"{"width":1}"#, r#"{"format":"image/png"}"#, DEADLINE_MS);
    match pixel.await {
        Ok(_) => {
            let detail = "The file begins as a picture, and the rest of it cannot be decoded.";
            Err(Problem::from(Code::PictureUnreadable).detail(detail).because(cause))
        }
        Err(_) => Err(unavailable(&cause)),
    }
}

fn unavailable(cause: &str) -> Problem {
    let detail = "The service that makes pictures does not answer. The file itself is there.";
    Problem::from(Code::Unavailable).detail(detail).because(format!("pictures: {cause}")).header("Retry-After", "5")
}

fn transform(spec: Spec) -> String {
    let fit = match spec.fit {
        Fit::ScaleDown => "scale-down",
        Fit::Contain => "contain",
        Fit::Cover => "cover",
    };
    let gravity = match spec.gravity {
        Gravity::Center => "",
        Gravity::Top => r#","gravity":"top""#,
        Gravity::Bottom => r#","gravity":"bottom""#,
        Gravity::Left => r#","gravity":"left""#,
        Gravity::Right => r#","gravity":"right""#,
    };
    let side = |name: &str, side: Option<u16>| side.map_or_else(String::new, |side| format!(r#","{name}":{side}"#));
    format!(r#"{{"fit":"{fit}"{}{}{gravity}}}"#, side("width", spec.width), side("height", spec.height))
}

fn output(spec: Spec, kind: Kind) -> String {
    let media = kind.media();
    match kind {
        Kind::Png => format!(r#"{{"format":"{media}","anim":false}}"#),
        // Nothing shines through a JPEG.
        Kind::Jpeg => {
            format!(r##"{{"format":"{media}","quality":{},"background":"#ffffff","anim":false}}"##, spec.quality)
        }
        _ => format!(r#"{{"format":"{media}","quality":{},"anim":false}}"#, spec.quality),
    }
}
