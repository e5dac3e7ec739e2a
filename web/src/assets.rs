//! Files that travel with the program: style, script and fonts.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use engine::report::font::{LICENCE, PARTS};

use crate::failure::Failure;

const WOFF2: &str = "font/woff2";

/// The files, by name.
const FILES: [(&str, &str, &[u8]); 6] = [
    ("style.css", "text/css; charset=utf-8", include_bytes!("../assets/style.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
    // The letters of the pages' own words first, the others only where they are needed.
    ("words.woff2", WOFF2, PARTS[0].woff2),
    ("common.woff2", WOFF2, PARTS[1].woff2),
    ("rest.woff2", WOFF2, PARTS[2].woff2),
    ("OFL.txt", "text/plain; charset=utf-8", LICENCE.as_bytes()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_names_every_part_of_the_font_and_where_it_is() {
        let style = include_str!("../assets/style.css");
        for part in PARTS {
            let (family, file) = (part.family, format!("{}.woff2", part.name));
            let face = format!("font-family: \"{family}\"; src: url(\"/assets/{file}\")");
            assert!(style.contains(&face), "{face}");
            assert_eq!(style.matches(&format!("\"{family}\"")).count(), 3, "{family}");
            assert!(FILES.iter().any(|(name, ..)| *name == file), "{file}");
        }
    }
}
