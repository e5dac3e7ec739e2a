//! The Japanese font that travels with the program, for readers whose machines have none.
//!
//! In: text that will be shown. Out: the parts of the font that it needs, as CSS with the bytes in
//! it ([`faces`]), or the bytes themselves. `scripts/fonts.py` makes the files from BIZ UDPGothic
//! (SIL Open Font License 1.1).
//!
//! Never here: what is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustc_hash::FxHashSet;

/// A part of the font; no letter is in two of them.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its family in CSS and SVG.
    pub family: &'static str,
    /// Its name in addresses, without an ending.
    pub name: &'static str,
    /// The font, as WOFF2.
    pub woff2: &'static [u8],
    /// The letters it has, in lines.
    pub letters: &'static str,
}

/// The parts, the one that is needed most first: the letters of the program's own words with ASCII
/// and kana; the other letters of level 1 of JIS X 0208; all other letters of Windows-31J.
pub const PARTS: [Part; 3] = [
    Part {
        family: "Seika Gothic Words",
        name: "words",
        woff2: include_bytes!("../../assets/fonts/seika-gothic-words.woff2"),
        letters: include_str!("../../assets/fonts/words.txt"),
    },
    Part {
        family: "Seika Gothic Common",
        name: "common",
        woff2: include_bytes!("../../assets/fonts/seika-gothic-common.woff2"),
        letters: include_str!("../../assets/fonts/common.txt"),
    },
    Part {
        family: "Seika Gothic Rest",
        name: "rest",
        woff2: include_bytes!("../../assets/fonts/seika-gothic-rest.woff2"),
        letters: include_str!("../../assets/fonts/rest.txt"),
    },
];

/// All parts in one, as TrueType, of the family `Seika Gothic`: for pictures that are drawn without
/// a browser.
pub const WHOLE: &[u8] = include_bytes!("../../assets/fonts/seika-gothic.ttf");

/// The licence, which goes where the font goes.
pub const LICENCE: &str = include_str!("../../assets/fonts/OFL.txt");

/// Fonts with Japanese letters, as `font-family` names them: those of readers' machines, then those
/// that travel with the program.
pub const FAMILIES: &str = "BIZ UDPGothic, BIZ UDGothic, Hiragino Sans, Yu Gothic, YuGothic, Meiryo, \
     Noto Sans CJK JP, Noto Sans JP, Seika Gothic Words, Seika Gothic Common, Seika Gothic Rest, \
     Seika Gothic, sans-serif";

/// The parts of the font that have a letter of a text; none where nothing in it is Japanese, as any
/// machine shows that.
///
/// ```
/// use engine::report::font::needed;
///
/// // Letters that stand in a source are among the words: hence the escapes.
/// let names = |text| needed(text).into_iter().map(|part| part.name).collect::<Vec<_>>();
/// assert!(names("500 yen ± 3").is_empty());
/// assert_eq!(names("支払額 500円"), ["words"]);
/// assert_eq!(names("支払額 \u{9df9}\u{6816}町"), ["words", "common"]);
/// ```
#[must_use]
pub fn needed(text: &str) -> Vec<&'static Part> {
    let letters: FxHashSet<char> = text.chars().filter(|letter| !letter.is_ascii()).collect();
    if letters.iter().all(|letter| *letter < '\u{2e80}') {
        return Vec::new();
    }
    let has_one = |part: &&Part| part.letters.chars().any(|letter| letters.contains(&letter));
    PARTS.iter().filter(has_one).collect()
}

/// `@font-face` rules with the bytes of the parts that a text needs; empty where it needs none. A
/// machine that has the whole font uses its own.
#[must_use]
pub fn faces(text: &str) -> String {
    let face = |part: &Part| {
        let (family, bytes) = (part.family, STANDARD.encode(part.woff2));
        format!(
            "@font-face {{ font-family: \"{family}\"; src: local(\"BIZ UDPGothic\"), \
             url(\"data:font/woff2;base64,{bytes}\") format(\"woff2\"); }}\n"
        )
    };
    needed(text).into_iter().map(face).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::sha256;

    const SUMS: &str = include_str!("../../assets/fonts/SHA256SUMS");

    fn letters(part: &Part) -> Vec<char> {
        part.letters.chars().filter(|letter| *letter != '\n').collect()
    }

    #[test]
    fn the_font_has_every_letter_its_parts_are_said_to_have_and_no_other() {
        let face = ttf_parser::Face::parse(WHOLE, 0).unwrap();
        let mut known = FxHashSet::default();
        for letter in PARTS.iter().flat_map(letters) {
            assert!(face.glyph_index(letter).is_some(), "no {letter}");
            assert!(known.insert(letter), "{letter} is in two parts");
        }
        let mut count = 0;
        let tables = face.tables().cmap.unwrap();
        for table in tables.subtables.into_iter().filter(|table| table.is_unicode()) {
            table.codepoints(|code| {
                let letter = char::from_u32(code).unwrap();
                count += usize::from(table.glyph_index(code).is_some());
                assert!(table.glyph_index(code).is_none() || known.contains(&letter), "{letter}");
            });
        }
        assert!(count >= known.len());
    }

    #[test]
    fn all_files_are_of_one_making() {
        let files: [(&str, &[u8]); 7] = [
            ("seika-gothic.ttf", WHOLE),
            ("seika-gothic-words.woff2", PARTS[0].woff2),
            ("words.txt", PARTS[0].letters.as_bytes()),
            ("seika-gothic-common.woff2", PARTS[1].woff2),
            ("common.txt", PARTS[1].letters.as_bytes()),
            ("seika-gothic-rest.woff2", PARTS[2].woff2),
            ("rest.txt", PARTS[2].letters.as_bytes()),
        ];
        assert_eq!(SUMS.lines().count(), files.len());
        for (name, bytes) in files {
            let line = format!("{}  {name}", sha256(bytes));
            assert!(SUMS.lines().any(|known| known == line), "{name}");
        }
    }

    #[test]
    fn a_text_brings_the_parts_it_needs_and_no_others() {
        assert_eq!(faces("1,000 yen – “±” → ≥"), "");
        let own = faces("支払の平均は 1,000円");
        assert_eq!(own.matches("@font-face").count(), 1);
        assert!(own.contains("Seika Gothic Words") && own.contains("local(\"BIZ UDPGothic\")"));
        let rare: Vec<&str> = needed("\u{9ef4}さん").iter().map(|part| part.name).collect();
        assert_eq!(rare, ["words", "rest"]);
        // What no part has brings none: an emoji, a letter of another script.
        assert!(needed("\u{1f600}\u{d55c}").is_empty());
    }
}
