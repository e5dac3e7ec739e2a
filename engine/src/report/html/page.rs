//! What every page has: its head, its style, and text that a browser shows as it is.

use crate::problem::Language;
use crate::report::font;

/// How pages look, on a screen of any width and on A4.
const STYLE: &str = include_str!("../style.css");

/// A page that needs nothing else: its style is inside and so are the Japanese letters it shows, it
/// loads nothing and runs nothing. `name` is plain, `body` is HTML.
pub(in crate::report) fn page(language: Language, name: &str, body: &str) -> String {
    let code = match language {
        Language::Ja => "ja",
        Language::En => "en",
    };
    let (name, faces) = (safe(name), font::faces(body));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; font-src data:\">\n\
         <title>{name}</title>\n<style>\n{faces}{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         </body>\n</html>\n"
    )
}

/// Text that a browser shows as it is. Characters that change the direction of what follows could
/// make an amount read backwards; they are shown as the replacement character.
pub(in crate::report) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                safe.push('\u{fffd}');
            }
            '\n' | '\t' => safe.push(c),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_brings_the_japanese_letters_it_shows() {
        let japanese = page(Language::Ja, "支払", "<p>支払の平均は 1,000円</p>");
        assert_eq!(japanese.matches("url(\"data:font/woff2;base64,").count(), 1);
        let english = page(Language::En, "Payment", "<p>Mean ± error – 1,000 yen</p>");
        assert!(!english.contains("@font-face") && english.len() < 10_000);
    }

    #[test]
    fn every_family_of_the_font_is_named_in_the_style() {
        for part in font::PARTS {
            assert!(STYLE.contains(&format!("\"{}\"", part.family)), "{}", part.family);
        }
    }

    #[test]
    fn nothing_in_a_text_is_read_as_markup() {
        assert_eq!(
            safe("<b onclick='x'>\"&\u{202e}\u{0}"),
            "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;\u{fffd}\u{fffd}"
        );
    }
}
