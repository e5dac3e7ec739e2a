//! What is paid out of a payment, as text.

use engine::settle::{AccountStatement, FinanceStatement};

use super::Layout;
use engine::report::document::{Side, Table};

impl Layout<'_> {
    pub(super) fn finance(&self) -> String {
        let Some(finance) = &self.statement.finance else { return String::new() };
        let mut text = pick!(self.language, "\nFinance\n\n", "\n資金の流れ\n\n");
        text += &self.movements(finance);
        if !finance.tranches.is_empty() {
            text += "\n";
            text += &self.tranches(finance);
        }
        if let Some(account) = &finance.account {
            text += "\n";
            text += &self.account(account);
        }
        text
    }

    fn movements(&self, finance: &FinanceStatement) -> String {
        let name = self.currency.name();
        let mut table = Table::new([
            (pick!(self.language, "Day", "日付"), Side::Left),
            (pick!(self.language, "From", "支払う者"), Side::Left),
            (pick!(self.language, "To", "受け取る者"), Side::Left),
            (pick!(self.language, "Amount ({name})", "金額（{name}）"), Side::Right),
            (pick!(self.language, "Why", "理由"), Side::Left),
        ]);
        for flow in &finance.flows {
            table.row([
                flow.on.to_string(),
                self.name(&flow.from),
                self.name(&flow.to),
                self.currency.digits(flow.amount),
                flow.because.within(self.language).to_owned(),
            ]);
        }
        if table.is_empty() {
            return pick!(self.language, "No money moves\n", "資金の動きはありません\n");
        }
        crate::table::text(&table)
    }

    fn tranches(&self, finance: &FinanceStatement) -> String {
        let name = self.currency.name();
        let mut table = Table::new([
            (pick!(self.language, "Investment ({name})", "投資（{name}）"), Side::Left),
            (pick!(self.language, "Not repaid before", "支払前の未返済"), Side::Right),
            (pick!(self.language, "Return due", "支払うべき収益"), Side::Right),
            (pick!(self.language, "Principal due", "返済すべき元本"), Side::Right),
            (pick!(self.language, "Paid", "支払"), Side::Right),
            (pick!(self.language, "Not repaid after", "支払後の未返済"), Side::Right),
        ]);
        for of in &finance.tranches {
            let paid = of.return_paid + of.principal_paid + of.surplus + of.guaranteed;
            table.row([
                of.title.within(self.language).to_owned(),
                self.currency.digits(of.outstanding_before),
                self.currency.digits(of.return_due),
                self.currency.digits(of.principal_due),
                self.currency.digits(paid - of.paid_back),
                self.currency.digits(of.outstanding),
            ]);
        }
        crate::table::text(&table)
    }

    /// What came in and what became of it, amounts of nothing left out.
    fn account(&self, of: &AccountStatement) -> String {
        let language = self.language;
        let holder = self.name(&of.holder);
        let amount = |amount| self.currency.amount(amount);
        let (received, distributed) = (amount(of.received), amount(of.distributed));
        let mut text = pick!(
            language,
            "{holder} received {received} and distributed {distributed}\n",
            "{holder} の受取 {received}、分配 {distributed}\n"
        );
        let others = [
            (pick!(language, "brought forward", "前回からの繰越"), of.brought_forward),
            (pick!(language, "reserve before", "積立金（支払前）"), of.reserve_before),
            (pick!(language, "unspent money added", "費用の残りからの繰入"), of.unspent),
            (pick!(language, "returned by investors", "資金提供者からの返還"), of.paid_back),
            (pick!(language, "added by {holder}", "{holder} の負担"), of.made_up),
            (pick!(language, "kept for costs", "費用のための留保"), of.recycled),
            (pick!(language, "reserve after", "積立金（支払後）"), of.reserve),
            (pick!(language, "carried forward", "次回への繰越"), of.carried),
            (pick!(language, "left to {holder}", "{holder} のものとなる額"), of.kept),
            (pick!(language, "not spent yet", "未使用の資金"), of.unspent_left),
        ];
        for (name, value) in others.into_iter().filter(|(_, value)| !value.is_zero()) {
            let value = amount(value);
            text += &format!("  {name}: {value}\n");
        }
        text
    }

    fn name(&self, id: &str) -> String {
        self.contract.name_of(id).within(self.language).to_owned()
    }
}
