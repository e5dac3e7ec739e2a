//! Files that travel with the program: style, script and fonts.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// The Japanese font: every letter of JIS X 0208. Charts become PNG with it alone.
pub(crate) const FONT: &[u8] = include_bytes!("../assets/fonts/seika-gothic.ttf");

/// The files, by name.
const FILES: [(&str, &str, &[u8]); 5] = [
    ("style.css", "text/css; charset=utf-8", include_bytes!("../assets/style.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
    // The letters of the pages' own words first, the rest of the font only where it is needed.
    ("words.woff2", "font/woff2", include_bytes!("../assets/fonts/seika-gothic-words.woff2")),
    ("rest.woff2", "font/woff2", include_bytes!("../assets/fonts/seika-gothic-rest.woff2")),
    ("OFL.txt", "text/plain; charset=utf-8", include_bytes!("../assets/fonts/OFL.txt")),
];

pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Failure> {
    let (_, kind, bytes) =
        FILES.iter().find(|(known, ..)| *known == name).ok_or_else(Failure::not_found)?;
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // The address holds the version, so that a new program's files are asked for anew.
    let kept = HeaderValue::from_static("public, max-age=86400");
    response.headers_mut().insert(CACHE_CONTROL, kept);
    Ok(response)
}
