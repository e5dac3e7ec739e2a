//! Columns that say who somebody is.

use super::field::narrow;
use super::table::Table;
use crate::problem::{Problem, Text, say};

/// What a column seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Personal {
    Name,
    Address,
    Telephone,
    Mail,
    IndividualNumber,
}

impl Personal {
    fn words(self) -> Text {
        match self {
            Personal::Name => say!("names of people", "氏名"),
            Personal::Address => say!("addresses", "住所"),
            Personal::Telephone => say!("telephone numbers", "電話番号"),
            Personal::Mail => say!("mail addresses", "メールアドレス"),
            Personal::IndividualNumber => say!("individual numbers", "マイナンバー（個人番号）"),
        }
    }
}

/// How many records of a column are looked at, spread over the file.
const LOOKED_AT: usize = 2_000;

/// The columns of a table that seem to say who somebody is, with what they seem to hold.
///
/// Names are known by their heading alone; everything else by its heading, or because at least half
/// of the fields that are filled, of at most 2,000 looked at, have its form.
pub(super) fn personal_columns(table: &Table) -> Vec<(usize, Personal)> {
    let step = table.len().div_ceil(LOOKED_AT).max(1);
    let columns = table.headings.len();
    let mut counted = vec![[0_usize; 5]; columns];
    let mut fields = table.fields();
    for record in (0..table.len()).step_by(step) {
        fields.go_to(record);
        for (column, counts) in counted.iter_mut().enumerate() {
            let field = fields.get(column);
            if field.is_empty() {
                continue;
            }
            counts[0] += 1;
            match of_content(&field) {
                Some(Personal::Address) => counts[1] += 1,
                Some(Personal::Telephone) => counts[2] += 1,
                Some(Personal::Mail) => counts[3] += 1,
                Some(Personal::IndividualNumber) => counts[4] += 1,
                Some(Personal::Name) | None => {}
            }
        }
    }
    let kinds =
        [Personal::Address, Personal::Telephone, Personal::Mail, Personal::IndividualNumber];
    let found = |(column, heading): (usize, &String)| {
        let [filled, counts @ ..] = counted[column];
        let by_content =
            kinds.into_iter().zip(counts).find(|(_, count)| count * 2 >= filled.max(1));
        Some((column, of_heading(heading).or(by_content.map(|(kind, _)| kind))?))
    };
    table.headings.iter().enumerate().filter_map(found).collect()
}

/// The refusal of columns that were not declared, one problem each.
pub(super) fn undeclared(table: &Table, declared: &[String]) -> Vec<Problem> {
    personal_columns(table)
        .into_iter()
        .filter(|(column, _)| !declared.contains(&table.headings[*column]))
        .map(|(column, kind)| {
            let heading = &table.headings[column];
            let file = table.file();
            Problem::error(
                "personal-column",
                say!(
                    "the column `{heading}` of `{file}` seems to hold {}",
                    "`{file}` の列 `{heading}` は{}のようです",
                    kind.words()
                ),
            )
            .help(say!(
                "take it out, or make keys without names: seika link; if it must be there, declare it: rows(#{{ kind: \"personal\", personal: [\"{heading}\"] }})",
                "列を除くか、seika link で氏名のないキーにしてください。必要なら宣言してください: rows(#{{ kind: \"personal\", personal: [\"{heading}\"] }})"
            ))
            .at(table.heading_of(column))
        })
        .collect()
}

fn of_heading(heading: &str) -> Option<Personal> {
    let heading = narrow(heading).to_lowercase();
    let plain: String =
        heading.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.' | '・')).collect();
    const NAMES: &[&str] = &[
        "名前",
        "お名前",
        "姓",
        "名",
        "姓名",
        "name",
        "fullname",
        "firstname",
        "lastname",
        "givenname",
        "familyname",
        "surname",
        "personname",
        "patientname",
        "participantname",
    ];
    const ADDRESSES: &[&str] = &["address", "homeaddress", "streetaddress", "postaladdress"];
    const TELEPHONES: &[&str] =
        &["tel", "telephone", "telno", "phone", "phonenumber", "mobile", "mobilephone", "fax"];
    const MAILS: &[&str] = &["mail", "email", "mailaddress", "emailaddress"];
    const NUMBERS: &[&str] = &["mynumber", "individualnumber"];
    let is = |list: &[&str]| list.contains(&plain.as_str());
    let has = |parts: &[&str]| parts.iter().any(|part| plain.contains(part));
    if is(NAMES) || has(&["氏名", "ふりがな", "フリガナ"]) {
        Some(Personal::Name)
    } else if is(MAILS) || has(&["メール", "eメール"]) {
        Some(Personal::Mail)
    } else if is(ADDRESSES) || has(&["住所", "番地"]) {
        Some(Personal::Address)
    } else if is(TELEPHONES) || has(&["電話", "携帯"]) {
        Some(Personal::Telephone)
    } else if is(NUMBERS) || has(&["マイナンバー", "個人番号"]) {
        Some(Personal::IndividualNumber)
    } else {
        None
    }
}

fn of_content(field: &str) -> Option<Personal> {
    let field = narrow(field);
    if is_mail(&field) {
        Some(Personal::Mail)
    } else if is_individual_number(&field) {
        Some(Personal::IndividualNumber)
    } else if is_telephone(&field) {
        Some(Personal::Telephone)
    } else if is_address(&field) {
        Some(Personal::Address)
    } else {
        None
    }
}

fn is_mail(field: &str) -> bool {
    let Some((user, host)) = field.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@']);
    plain(user)
        && plain(host)
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
}

/// 03-1234-5678, 042-123-4567, 090-1234-5678 and 09012345678.
fn is_telephone(field: &str) -> bool {
    let digits: String = field.chars().filter(char::is_ascii_digit).collect();
    let others = field.chars().filter(|c| !c.is_ascii_digit());
    let hyphens = others.clone().filter(|c| *c == '-').count();
    if !digits.starts_with('0') || others.clone().any(|c| !matches!(c, '-' | '(' | ')' | ' ')) {
        return false;
    }
    match (hyphens, others.count()) {
        (0, 0) => digits.len() == 11 && ["070", "080", "090"].contains(&&digits[..3]),
        (2, _) => (10..=11).contains(&digits.len()) && field.split('-').all(|part| part.len() <= 5),
        _ => false,
    }
}

/// A municipality and a number of a house: 多摩市関戸6-12-1, 中央1丁目.
fn is_address(field: &str) -> bool {
    let Some(at) = field.find(['都', '道', '府', '県', '市', '区', '町', '村']) else {
        return false;
    };
    let rest = &field[at..];
    let numbered = rest
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .any(|part| part.trim_matches('-').contains('-'));
    rest.contains("丁目") || rest.contains("番地") || numbered
}

/// Twelve digits of which the last checks the others: 11 − (Σ Pₙ × Qₙ mod 11), and 0 where the
/// remainder is 0 or 1; Pₙ is the n-th of the eleven digits from the right, Qₙ is n + 1 up to the
/// sixth and n − 5 from the seventh on.
///
/// Source: 番号法施行令第八条及び平成26年総務省令第85号第五条.
fn is_individual_number(field: &str) -> bool {
    let digits: Vec<u32> =
        field.chars().filter(|c| !matches!(c, '-' | ' ')).map_while(|c| c.to_digit(10)).collect();
    let length = field.chars().filter(|c| !matches!(c, '-' | ' ')).count();
    if digits.len() != 12 || length != 12 {
        return false;
    }
    let sum: u32 =
        (1..=11_u32).map(|n| digits[11 - n as usize] * if n <= 6 { n + 1 } else { n - 5 }).sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        remainder => 11 - remainder,
    };
    digits[11] == check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(usize, Personal)> {
        let table = Table::of_bytes("a.csv", "a.csv", None, text.as_bytes().to_vec()).unwrap();
        personal_columns(&table)
    }

    #[test]
    fn individual_numbers_are_told_by_their_check_digit() {
        // 2·1+3·0+4·9+5·8+6·7+7·6+2·5+3·4+4·3+5·2+6·1 = 212 = 19·11 + 3, and 11 − 3 = 8.
        assert!(is_individual_number("123456789018"));
        assert!(is_individual_number("1234-5678-9018"));
        assert!(!is_individual_number("123456789017"));
        // All zeros: the remainder is 0, and so is the check digit.
        assert!(is_individual_number("000000000000"));
        // One of eleven random numbers passes, not more.
        let passing = (0..11_000_u64)
            .filter(|n| {
                is_individual_number(&format!("{:012}", n * 90_000_049 % 1_000_000_000_000))
            })
            .count();
        assert!((800..1_400).contains(&passing), "{passing}");
    }

    #[test]
    fn columns_that_name_people_are_found_by_heading_and_by_content() {
        let found = kinds(
            "id,氏 名,contact,where,no,mail to\n\
             1,x,090-1234-5678,多摩市関戸6-12-1,123456789018,a@example.jp\n\
             2,y,03-1234-5678,町田市中町１丁目,,b@example.jp\n",
        );
        assert_eq!(
            found,
            [
                (1, Personal::Name),
                (2, Personal::Telephone),
                (3, Personal::Address),
                (4, Personal::IndividualNumber),
                (5, Personal::Mail)
            ]
        );
    }

    #[test]
    fn ordinary_columns_are_left_alone() {
        let found = kinds(
            "participant,at,sbp,seen,city,code,phase,filename,visit,yen\n\
             000000000017,2024-03-31,150,令和6年3月31日,多摩市,13-224,1,x,09012,1234567890\n\
             000000000023,2024-03-31,0.5,2024-01-31,神戸市中央区,13-101,2,y,0901,-5\n\
             000000000031,2024-03-31,1,2024-02-01,八王子市,13-201,2,z,0,1\n",
        );
        assert_eq!(found, []);
    }
}
