//! A sentence in the two languages Seika speaks.

use serde::{Deserialize, Serialize};

/// A language people read Seika in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    #[default]
    En,
}

impl Language {
    /// What stands between the items of a list: `, ` or `、`.
    #[must_use]
    pub fn comma(self) -> &'static str {
        match self {
            Language::En => ", ",
            Language::Ja => "、",
        }
    }
}

/// The same words in English and Japanese.
///
/// ```
/// use engine::problem::{Language, Text};
/// let title = Text { en: "Kobe".into(), ja: "神戸".into() };
/// assert_eq!(title.within(Language::Ja), "神戸");
/// assert_eq!(Text::from("same").within(Language::Ja), "same");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

impl Text {
    /// The words in `language`.
    #[must_use]
    pub fn within(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }

    /// The words with a name behind them; the name alone where the words are no others.
    #[must_use]
    pub fn beside_name(&self, name: &str, language: Language) -> String {
        match (self.within(language), language) {
            (title, _) if title == name => name.to_owned(),
            (title, Language::En) => format!("{title} ({name})"),
            (title, Language::Ja) => format!("{title}（{name}）"),
        }
    }

    /// Several texts with the same separator between them in both languages.
    #[must_use]
    pub fn join(texts: &[Text], separator: &Text) -> Text {
        let words = |pick: fn(&Text) -> &str| {
            texts.iter().map(pick).collect::<Vec<_>>().join(pick(separator))
        };
        Text { en: words(|text| &text.en), ja: words(|text| &text.ja) }
    }
}

impl From<&str> for Text {
    fn from(same: &str) -> Self {
        Self { en: same.into(), ja: same.into() }
    }
}

impl From<String> for Text {
    fn from(same: String) -> Self {
        Self { en: same.clone(), ja: same }
    }
}

/// A [`Text`] from an English and a Japanese format string over the same variables.
///
/// Texts given after the two fill the `{}` of each in its own language.
macro_rules! say {
    ($en:literal, $ja:literal $(,)?) => {
        $crate::problem::Text { en: format!($en), ja: format!($ja) }
    };
    ($en:literal, $ja:literal, $($text:expr),+ $(,)?) => {
        $crate::problem::Text {
            en: format!($en, $($text.en),+),
            ja: format!($ja, $($text.ja),+),
        }
    };
}
pub(crate) use say;
