//! The same words in two languages.

/// The words of a language: `pick!(language, "yes", "はい")`.
macro_rules! pick {
    ($language:expr, $en:literal, $ja:literal $(,)?) => {
        match $language {
            engine::problem::Language::En => format!($en),
            engine::problem::Language::Ja => format!($ja),
        }
    };
}
pub(crate) use pick;

/// A [`Text`](engine::problem::Text) of both: `text!("yes", "はい")`.
macro_rules! text {
    ($en:literal, $ja:literal $(,)?) => {
        engine::problem::Text { en: format!($en), ja: format!($ja) }
    };
}
pub(crate) use text;
