//! Words in the language of the reader.

use engine::problem::Language;

/// A [`String`] in `$language`, from an English and a Japanese format string.
macro_rules! pick {
    ($language:expr, $en:literal, $ja:literal $(,)?) => {
        match $language {
            engine::problem::Language::En => format!($en),
            engine::problem::Language::Ja => format!($ja),
        }
    };
}

/// A [`Text`](engine::problem::Text) from an English and a Japanese format string.
macro_rules! text {
    ($en:literal, $ja:literal $(,)?) => {
        engine::problem::Text { en: format!($en), ja: format!($ja) }
    };
}

/// The language asked for by `--lang`, or by the environment, before the command line is parsed:
/// the help and the complaints about the command line are in it too.
///
/// The first variable that is set decides, as POSIX has it.
pub(crate) fn language(
    arguments: &[std::ffi::OsString],
    variable: impl Fn(&str) -> Option<String>,
) -> Language {
    let mut asked = None;
    let mut rest = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(argument) = rest.next() {
        match argument {
            "--" => break,
            "--lang" => asked = rest.next(),
            _ => asked = argument.strip_prefix("--lang=").or(asked),
        }
    }
    match asked {
        Some("ja") => return Language::Ja,
        Some("en") => return Language::En,
        _ => {}
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    if locale.is_some_and(|locale| locale.starts_with("ja")) { Language::Ja } else { Language::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str], variables: &[(&str, &str)]) -> Language {
        let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
        language(&arguments, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_decides_unless_the_command_line_does() {
        assert_eq!(asked(&[], &[("LANG", "ja_JP.UTF-8")]), Language::Ja);
        assert_eq!(asked(&[], &[("LC_ALL", "C"), ("LANG", "ja_JP.UTF-8")]), Language::En);
        assert_eq!(asked(&[], &[("LC_ALL", ""), ("LANG", "ja_JP.UTF-8")]), Language::Ja);
        assert_eq!(asked(&["--lang", "en"], &[("LANG", "ja_JP.UTF-8")]), Language::En);
        assert_eq!(asked(&["check", "a", "--lang=ja"], &[]), Language::Ja);
        assert_eq!(asked(&["check", "--", "--lang=ja"], &[]), Language::En);
    }
}
