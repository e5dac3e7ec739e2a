//! A small spreadsheet: it reads a workbook's cells and computes its formulas from nothing but
//! their text, as another program would.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

/// A cell by sheet, row and column, from 0.
pub(crate) type Cell = (String, u32, u32);

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Text(String),
}

/// A workbook as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spreadsheet {
    pub(crate) sheets: Vec<String>,
    /// Values, and for formulas the results that were written with them.
    pub(crate) values: BTreeMap<Cell, Value>,
    pub(crate) formulas: BTreeMap<Cell, String>,
}

impl Spreadsheet {
    pub(crate) fn read(bytes: &[u8]) -> Spreadsheet {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
        let mut read = Spreadsheet { sheets: book.sheet_names(), ..Spreadsheet::default() };
        for sheet in read.sheets.clone() {
            let range = book.worksheet_range(&sheet).unwrap();
            let (row, column) = range.start().unwrap_or_default();
            for (y, x, value) in range.used_cells() {
                let at = (sheet.clone(), row + y as u32, column + x as u32);
                let value = match value {
                    Data::Float(number) => Value::Number(*number),
                    Data::Int(number) => Value::Number(*number as f64),
                    other => Value::Text(other.to_string()),
                };
                read.values.insert(at, value);
            }
            let range = book.worksheet_formula(&sheet).unwrap();
            let (row, column) = range.start().unwrap_or_default();
            for (y, x, formula) in range.used_cells().filter(|(_, _, text)| !text.is_empty()) {
                let at = (sheet.clone(), row + y as u32, column + x as u32);
                read.formulas.insert(at, formula.clone());
            }
        }
        read
    }

    /// The text of every cell, for looking for what should not be there.
    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
        };
        self.values.values().map(text).chain(self.formulas.values().cloned()).collect()
    }

    /// The row of a sheet whose first cell is this text.
    pub(crate) fn row(&self, sheet: usize, name: &str) -> u32 {
        let name = Value::Text(name.to_owned());
        let sheet = &self.sheets[sheet];
        let found = self
            .values
            .iter()
            .find(|((of, _, column), value)| of == sheet && *column < 2 && **value == name);
        found.unwrap_or_else(|| panic!("no row {name:?} in {sheet}")).0.1
    }

    pub(crate) fn written(&self, sheet: usize, row: u32, column: u32) -> f64 {
        match self.values.get(&(self.sheets[sheet].clone(), row, column)) {
            Some(Value::Number(number)) => *number,
            other => panic!("no number at {sheet}, {row}, {column}: {other:?}"),
        }
    }

    /// Computes a cell anew.
    pub(crate) fn computed(&self, cell: &Cell) -> f64 {
        let run = Run { book: self, known: RefCell::default(), open: RefCell::default() };
        run.cell(cell)
    }
}

struct Run<'s> {
    book: &'s Spreadsheet,
    known: RefCell<BTreeMap<Cell, f64>>,
    open: RefCell<BTreeSet<Cell>>,
}

impl Run<'_> {
    fn cell(&self, cell: &Cell) -> f64 {
        if let Some(known) = self.known.borrow().get(cell) {
            return *known;
        }
        assert!(self.open.borrow_mut().insert(cell.clone()), "{cell:?} depends on itself");
        let value = match self.book.formulas.get(cell) {
            Some(formula) => {
                let characters: Vec<char> = formula.chars().collect();
                let mut parser = Parser { run: self, sheet: &cell.0, text: &characters, at: 0 };
                let value = parser.comparison().one();
                assert_eq!(parser.at, characters.len(), "{formula}");
                value
            }
            None => match self.book.values.get(cell) {
                Some(Value::Number(number)) => *number,
                Some(Value::Text(text)) if !text.is_empty() => {
                    panic!("{cell:?} is read but holds {text}")
                }
                Some(Value::Text(_)) | None => 0.0,
            },
        };
        self.known.borrow_mut().insert(cell.clone(), value);
        value
    }
}

/// The value of a part of a formula: one number, or those of a range.
struct Values(Vec<f64>);

impl Values {
    fn one(&self) -> f64 {
        assert_eq!(self.0.len(), 1, "a range where a number is meant");
        self.0[0]
    }
}

struct Parser<'p> {
    run: &'p Run<'p>,
    sheet: &'p str,
    text: &'p [char],
    at: usize,
}

impl Parser<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let sign: Vec<char> = sign.chars().collect();
        let found = self.text[self.at..].starts_with(&sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn comparison(&mut self) -> Values {
        let left = self.sum();
        for sign in ["<=", ">=", "<>", "<", ">", "="] {
            if self.takes(sign) {
                let (a, b) = (left.one(), self.sum().one());
                let holds = match sign {
                    "<=" => a <= b,
                    ">=" => a >= b,
                    "<>" => a != b,
                    "<" => a < b,
                    ">" => a > b,
                    _ => a == b,
                };
                return Values(vec![f64::from(u8::from(holds))]);
            }
        }
        left
    }

    fn sum(&mut self) -> Values {
        let mut left = self.product();
        loop {
            if self.takes("+") {
                left = Values(vec![left.one() + self.product().one()]);
            } else if self.takes("-") {
                left = Values(vec![left.one() - self.product().one()]);
            } else {
                return left;
            }
        }
    }

    fn product(&mut self) -> Values {
        let mut left = self.factor();
        loop {
            if self.takes("*") {
                left = Values(vec![left.one() * self.factor().one()]);
            } else if self.takes("/") {
                left = Values(vec![left.one() / self.factor().one()]);
            } else {
                return left;
            }
        }
    }

    fn factor(&mut self) -> Values {
        if self.takes("-") {
            return Values(vec![-self.factor().one()]);
        }
        if self.takes("(") {
            let inside = self.comparison();
            assert!(self.takes(")"));
            return inside;
        }
        match self.text[self.at] {
            '\'' | '$' => self.reference(),
            c if c.is_ascii_digit() => self.number(),
            _ => self.function(),
        }
    }

    fn number(&mut self) -> Values {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
            self.at += 1;
        }
        Values(vec![self.text[start..self.at].iter().collect::<String>().parse().unwrap()])
    }

    fn reference(&mut self) -> Values {
        let mut sheet = self.sheet.to_owned();
        if self.takes("'") {
            let start = self.at;
            while !self.takes("'!") {
                self.at += 1;
            }
            sheet = self.text[start..self.at - 2].iter().collect();
        }
        let (row, column) = self.address();
        if !self.takes(":") {
            return Values(vec![self.run.cell(&(sheet, row, column))]);
        }
        let (last, _) = self.address();
        Values((row..=last).map(|row| self.run.cell(&(sheet.clone(), row, column))).collect())
    }

    fn address(&mut self) -> (u32, u32) {
        assert!(self.takes("$"));
        let column = u32::from(self.text[self.at]) - u32::from('A');
        self.at += 1;
        assert!(self.takes("$"));
        (self.number().one() as u32 - 1, column)
    }

    fn function(&mut self) -> Values {
        let start = self.at;
        while self.text[self.at] != '(' {
            self.at += 1;
        }
        let name: String = self.text[start..self.at].iter().collect();
        self.at += 1;
        let mut given = vec![self.comparison()];
        while self.takes(",") {
            given.push(self.comparison());
        }
        assert!(self.takes(")"), "{name}");
        let one = |at: usize| given[at].one();
        let all = || given.iter().flat_map(|values| values.0.iter().copied());
        let scaled = |round: fn(f64) -> f64| {
            let power = 10.0_f64.powi(one(1) as i32);
            round(one(0) * power) / power
        };
        Values(match name.as_str() {
            "ABS" => given[0].0.iter().map(|value| value.abs()).collect(),
            "IF" => vec![if one(0) == 0.0 { one(2) } else { one(1) }],
            "MIN" => vec![all().fold(f64::INFINITY, f64::min)],
            "MAX" => vec![all().fold(f64::NEG_INFINITY, f64::max)],
            "SUM" | "SUMPRODUCT" => vec![all().sum()],
            "TRUNC" => vec![one(0).trunc()],
            "ROUND" => vec![scaled(f64::round)],
            "ROUNDDOWN" => vec![scaled(f64::trunc)],
            "ROUNDUP" => vec![scaled(|value| value.abs().ceil().copysign(value))],
            other => panic!("{other} is no function of this spreadsheet"),
        })
    }
}
