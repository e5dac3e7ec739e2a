//! What answers look like: the top level of the command line's JSON, field by field. Tests hold the
//! real answers against it. What lies deeper is described no further than it is sure to stay.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Words, a name, a date, or an amount, which is written as a decimal.
    Text,
    /// A whole number, not below 0.
    Count,
    /// A part of a whole, from 0 to 1.
    Part,
    /// Yes or no.
    Flag,
    /// Something with fields of its own.
    Object,
    /// A file that is sent.
    File,
    /// Any number of such.
    List(&'static Kind),
    /// Such, or `null`.
    OrNull(&'static Kind),
    /// Such, where there is one.
    Absent(&'static Kind),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Such an object.
    Of(&'static [Field]),
}

/// A field: its name, what it holds, what it says.
type Field = (&'static str, Kind, &'static str);

/// What is asked: an object with these fields and no other.
fn request(says: &str, fields: &[Field]) -> Object {
    let mut object = object(says, fields);
    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    object
}

/// What is answered: an object with these fields; others may follow.
fn object(says: &str, fields: &[Field]) -> Object {
    let start = ObjectBuilder::new().schema_type(Type::Object);
    let start = if says.is_empty() { start } else { start.description(Some(says)) };
    let built = fields.iter().fold(start, |built, (name, kind, says)| {
        let built = built.property(*name, schema(*kind, says));
        match kind {
            Kind::Absent(_) => built,
            _ => built.required(*name),
        }
    });
    built.build()
}

fn plain(kind: Type, says: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind).description(Some(says))
}

fn schema(kind: Kind, says: &str) -> RefOr<Schema> {
    let built = match kind {
        Kind::Text => plain(Type::String, says).build(),
        Kind::Count => plain(Type::Integer, says).minimum(Some(0)).build(),
        Kind::Part => plain(Type::Number, says).minimum(Some(0)).maximum(Some(1)).build(),
        Kind::Flag => plain(Type::Boolean, says).build(),
        Kind::Object => plain(Type::Object, says).build(),
        Kind::File => plain(Type::String, says)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .build(),
        Kind::Word(words) => {
            plain(Type::String, says).enum_values(Some(words.iter().copied())).build()
        }
        Kind::List(each) => {
            let each = schema(*each, "");
            let list = ArrayBuilder::new().items(each).description(Some(says)).build();
            return RefOr::T(Schema::Array(list));
        }
        Kind::OrNull(inner) => match schema(*inner, says) {
            RefOr::T(Schema::Object(mut object)) => {
                object.schema_type = or_null(object.schema_type);
                object
            }
            RefOr::T(Schema::Array(mut list)) => {
                list.schema_type = or_null(list.schema_type);
                return RefOr::T(Schema::Array(list));
            }
            other => return other,
        },
        Kind::Absent(inner) => return schema(*inner, says),
        Kind::Of(fields) => object(says, fields),
    };
    RefOr::T(Schema::Object(built))
}

fn or_null(kind: SchemaType) -> SchemaType {
    match kind {
        SchemaType::Type(kind) => SchemaType::Array(vec![kind, Type::Null]),
        other => other,
    }
}

/// Types that stand for JSON made elsewhere: a name, what it is, its fields.
macro_rules! shapes {
    ($made:ident; $($name:ident: $says:literal, $fields:expr;)*) => {$(
        #[doc = $says]
        #[derive(Debug)]
        pub(super) enum $name {}

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($made($says, $fields)))
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

use Kind::{Absent, Count, File, Flag, List, Of, OrNull, Part, Text, Word};

/// A problem, wherever it is told.
const PROBLEM: &[Field] = &[
    ("id", Text, "a stable name of the cause"),
    ("severity", Word(&["error", "warning", "note"]), "how grave it is"),
    ("message", Text, "what is wrong, in the language that was asked for"),
    ("file", OrNull(&Text), "the file it is in"),
    ("line", OrNull(&Count), "its line, from 1"),
    ("column", OrNull(&Count), "its column in characters, from 1"),
    ("found", OrNull(&Text), "what stands there"),
    ("expected", OrNull(&Text), "what could stand there"),
    ("help", OrNull(&Text), "what to do"),
];

const PATH: Field = ("path", Text, "where it lies in the folder");

/// What a settlement is and where it stands.
const SETTLEMENT: [Field; 14] = [
    ("entry", Count, "the number of its entry"),
    ("contract", Text, "the contract's identifier"),
    ("at", Text, "the evaluation"),
    ("to_be_paid", Text, "the day it is to be paid"),
    ("payable", Text, "what is owed"),
    (
        "status",
        Word(&["submitted", "approved", "paid", "rejected", "withdrawn"]),
        "where it stands",
    ),
    ("by", Text, "who submitted it"),
    ("recorded", Text, "when, in UTC"),
    ("approved_by", OrNull(&Text), "who approved it"),
    ("paid", OrNull(&Kind::Object), "its payment: entry, day, reference, amount"),
    ("closed", OrNull(&Kind::Object), "who refused it or took it back, and why"),
    ("restates", OrNull(&Count), "the entry whose place it takes"),
    ("replaced_by", OrNull(&Count), "the entry that took its place"),
    ("to_be_restated_since", OrNull(&Count), "the restatement it must follow"),
];

/// A statement's fields.
const STATEMENT: &[Field] = &[
    ("contract", Text, "the contract's identifier"),
    ("title", Text, "its title"),
    ("currency", Text, "the currency of every amount"),
    ("at", Text, "the evaluation"),
    ("paid", Text, "when it is paid"),
    (
        "outcomes",
        List(&Kind::Object),
        "what was measured: indicator, value, n, excluded, low, high, …",
    ),
    ("lines", List(&Kind::Object), "what each line pays, and why"),
    ("subtotal", Text, "the sum of the lines"),
    ("tax", OrNull(&Text), "the tax inside or added; null where the contract does not state it"),
    ("payable", Text, "what is owed"),
    ("paid_before", Text, "what was owed at earlier evaluations"),
    ("cap_left", OrNull(&Text), "what the contract's cap leaves"),
    ("flows", List(&Kind::Object), "who pays whom how much"),
    ("ended", OrNull(&Text), "the day on which the contract ended early"),
    ("due", OrNull(&Text), "the day by which the payment is due"),
    ("due_rule", OrNull(&Text), "the contract's rule for it"),
    ("notes", List(&Of(PROBLEM)), "what the reader should know"),
    ("data_kind", OrNull(&Text), "the kind of data the evidence is"),
    (
        "readings",
        OrNull(&List(&Kind::Object)),
        "each outcome under the other reading of what is missing",
    ),
    ("checks", OrNull(&List(&Kind::Object)), "what was looked for in the evidence"),
    ("finance", Absent(&Kind::Object), "what investors are paid"),
    ("counts_hidden_under", Absent(&Count), "smaller counts, and what they follow from, are null"),
];

/// A settlement with what it rests on.
const SHOWN: &[Field] = &{
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = SETTLEMENT;
    let statement = ("statement", Of(STATEMENT), "the statement");
    let record = ("record", OrNull(&Kind::Object), "what it rests on, for whoever may settle");
    let restatement = (
        "restatement",
        OrNull(&Kind::Object),
        "how it differs from the settlement whose place it takes",
    );
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, statement, record, restatement]
};

shapes! {
    object;
    Failure: "Why a request was refused.", &[
        ("error", Text, "in one sentence, in the language that was asked for"),
        ("problems", List(&Of(PROBLEM)), "what the engine found, with places"),
    ];
    Description: "A description as OpenAPI has it.", &[
        ("openapi", Text, "its version"),
        ("info", Kind::Object, "what it describes"),
        ("servers", List(&Kind::Object), "where the routes lie"),
        ("paths", Kind::Object, "the routes"),
        ("components", Kind::Object, "what they share"),
    ];
    Contracts: "The contracts the visitor may read.", &[
        ("contracts", List(&Of(&[
            PATH,
            ("contract", Text, "its identifier"),
            ("title", Text, "its title"),
        ])), "by path"),
    ];
    Check: "What `check --json` prints.", &[
        ("contract", Text, "the contract's identifier"),
        ("title", Text, "its title"),
        ("ok", Flag, "whether it passes its check"),
        ("examples", List(&Of(&[
            ("name", Text, "what it is called"),
            ("expected", Text, "what the contract states"),
            ("actual", OrNull(&Text), "what it comes to"),
            ("ok", Flag, "whether they agree"),
        ])), "the worked examples"),
        ("findings", List(&Kind::Object), "problems, each with rows, of, examples and accepted beside its own fields"),
        ("bounds", Kind::Object, "what can be paid, whatever the outcomes"),
        ("full_term", OrNull(&Kind::Object), "the same where it does not end early, if it may"),
        ("no_effect", OrNull(&Kind::Object), "what is paid if the programme changes nothing"),
        ("grant", OrNull(&Kind::Object), "what a grant comes to"),
        ("shares", Kind::Object, "fixed and linked, as parts of the most that lines can pay"),
        ("indicators", List(&Kind::Object), "what is measured"),
        ("lines", List(&Kind::Object), "what is paid for"),
        ("investors", List(&Kind::Object), "who puts up money"),
        ("finance", Absent(&Kind::Object), "how it is put up and paid back"),
    ];
    Explained: "What `explain --json` prints.", &[
        ("contract", Text, "the contract's identifier"),
        ("title", Text, "its title"),
        ("term_sheet", Text, "its terms, as Markdown"),
    ];
    Found: "What is wrong with a text.", &[
        ("contract", OrNull(&Text), "the contract it is, or is about; null where it cannot be read"),
        ("problems", List(&Of(PROBLEM)), "what is wrong"),
    ];
    RunBegun: "A run that was taken.", &[
        ("run", Count, "its number"),
    ];
    RunUnfinished: "A run that waits or is computed.", &[
        ("run", Count, "its number"),
        ("finished", Flag, "no"),
        ("words", Text, "how far it is"),
        ("part", Part, "how much of it is done"),
    ];
    RunFinished: "A run that is done.", &[
        ("run", Count, "its number"),
        ("finished", Flag, "yes"),
        ("result", Kind::Object, "what the command of its kind prints with `--json`"),
    ];
    Statement: "What `settle --json` prints.", STATEMENT;
    Ledgers: "The ledgers that hold something of the visitor's, or nothing yet.", &[
        ("ledgers", List(&Of(&[PATH])), "by path"),
    ];
    LedgerBegun: "What `ledger init --json` prints.", &[
        ("ledger", Text, "where it lies in the folder"),
        ("entry", Count, "its first entry"),
    ];
    Ledger: "What `ledger list --json` prints, of the contracts the visitor may read.", &[
        ("entries", Count, "how many entries it has"),
        ("head", OrNull(&Text), "the hash of the last"),
        ("settlements", List(&Of(&SETTLEMENT)), "settlements and where they stand"),
    ];
    Settlement: "What `ledger show --json` prints, and the statement in one language.", SHOWN;
    Verified: "What `ledger verify --json` prints.", &[
        ("ok", Flag, "yes"),
        ("entries", Count, "how many entries were computed again"),
        ("settlements", Count, "how many of them are settlements"),
        ("head", Text, "the hash of the last entry"),
        ("versions", List(&Text), "other versions of the engine that wrote settlements"),
    ];
    Submitted: "What `ledger submit --json` prints.", &[
        ("entry", Count, "the number of its entry"),
        ("already", Flag, "whether it was there already, so that nothing was added"),
        ("dry_run", Flag, "no"),
        ("restatement", OrNull(&Kind::Object), "how it differs from the settlement whose place it takes"),
        ("statement", Of(STATEMENT), "the statement"),
    ];
    Acted: "What `ledger approve --json` and its like print.", &[
        ("entry", Count, "the entry that says so"),
        ("of", Count, "the settlement"),
        ("status", Word(&["approved", "rejected", "withdrawn", "paid"]), "where it stands now"),
        ("dry_run", Flag, "no"),
    ];
}

shapes! {
    request;
    Evidence: "Evidence, and what is asked of it.", &[
        ("evidence", List(&File), "rows or figures (CSV, Excel): one part each, with a file name"),
        ("at", Absent(&Text), "the evaluation, as 2025-03-31; needed unless the evidence says it"),
        ("ended", Absent(&Text), "the day on which the contract ended early"),
        ("invoiced", Absent(&Text), "the day on which the invoice came"),
        ("paid_before", Absent(&Text), "what was paid before, tax included, where the evidence does not say it"),
    ];
    Submission: "Evidence, what is asked of it, and who submits.", &[
        ("evidence", List(&File), "rows or figures (CSV, Excel): one part each, with a file name"),
        ("at", Absent(&Text), "the evaluation, as 2025-03-31; needed unless the evidence says it"),
        ("ended", Absent(&Text), "the day on which the contract ended early"),
        ("invoiced", Absent(&Text), "the day on which the invoice came"),
        ("paid_before", Absent(&Text), "what was paid before, tax included, where neither evidence nor ledger says it"),
        ("reason", Absent(&Text), "why an earlier settlement is restated"),
        ("name", Absent(&Text), "who acts, where the server has no accounts"),
    ];
}
