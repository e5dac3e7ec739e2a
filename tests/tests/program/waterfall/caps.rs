//! What a tranche may earn, by present values in floating arithmetic: nothing of how the engine or the
//! clerk keep a balance.

use super::Worked;
use super::clerk::{DRAWN_DAY, Line, PAID_DAY};
use super::structure::{Structure, Tranche};

/// Rounding of floating arithmetic, in yen.
const ROUNDING: f64 = 1e-3;

/// No tranche earns more than its caps allow, and a cap on the rate refuses no return that it allows.
pub(crate) fn kept_to(structure: &Structure, worked: &Worked) -> Result<(), String> {
    for (at, tranche) in structure.tranches.iter().enumerate() {
        let days = worked.contract.terms.finance.distributions.iter();
        let lines: Vec<Option<Line>> =
            days.map(|of| of.as_ref().map(|of| worked.day(of).lines[at])).collect();
        let earned: i64 = lines.iter().flatten().map(earns).sum();
        if tranche.cap.is_some_and(|cap| earned > cap * 100) {
            return Err(format!("tranche {at} earns {earned}"));
        }
        if let Some(rate) = tranche.cap_irr {
            kept_to_rate((structure, tranche), rate, &lines)
                .map_err(|why| format!("tranche {at}, at most {rate}% a year: {why}"))?;
        }
    }
    Ok(())
}

fn earns(line: &Line) -> i64 {
    line.return_paid + line.surplus - line.paid_back
}

/// With everything compounded at the rate to a payment day, what was put up is never less than what
/// was paid: the most that may be paid is what makes the net present value at the rate nothing. What is
/// still allowed beyond the principal outstanding is the most that return may be due; rounding it down
/// at each payment costs less than a step each.
fn kept_to_rate(
    (structure, tranche): (&Structure, &Tranche),
    rate: i64,
    lines: &[Option<Line>],
) -> Result<(), String> {
    let worth = |days: i64| (1.0 + rate as f64 / 100.0).powf(days as f64 / 365.0);
    let (mut earned, mut slack) = (0, 0.0);
    for (now, line) in lines.iter().enumerate() {
        let day = PAID_DAY[now];
        slack *= if now > 0 { worth(day - PAID_DAY[now - 1]) } else { 1.0 };
        slack += structure.step as f64;
        let Some(line) = line else { continue };
        let put_up = tranche.drawn.iter().filter(|(on, _)| {
            // Nothing is put up once the contract has ended.
            let window = PAID_DAY.iter().filter(|paid| **paid < DRAWN_DAY[*on]).count();
            window <= now && structure.ended.is_none_or(|ended| window <= ended)
        });
        // A day on which money is put up earns.
        let put_up: f64 = put_up
            .map(|(on, amount)| (amount * 100) as f64 * worth(day - DRAWN_DAY[*on] + 1))
            .sum();
        let earlier = lines[..now].iter().zip(PAID_DAY).filter_map(|(line, paid)| {
            let line = line.as_ref()?;
            let paid_out = earns(line) + line.principal_paid + line.guaranteed;
            Some(paid_out as f64 * worth(day - paid))
        });
        let allowed = put_up - earlier.sum::<f64>();
        let paid = (earns(line) + line.principal_paid + line.guaranteed) as f64;
        if paid > allowed + ROUNDING {
            return Err(format!("{paid} is paid where {allowed} is left at payment {now}"));
        }
        let room = allowed - line.outstanding_before as f64;
        let due = line.return_due as f64;
        if due > room.max(0.0) + ROUNDING {
            return Err(format!("{due} is due where {room} is allowed at payment {now}"));
        }
        // What is still owed and what was paid of it were owed.
        let owed = (line.owed + line.return_paid) as f64;
        let by_cap = tranche.cap.map_or(f64::INFINITY, |cap| (cap * 100 - earned) as f64);
        if due + ROUNDING < owed.min(room - slack).min(by_cap) {
            return Err(format!("{due} is due of {owed} where {room} is allowed at payment {now}"));
        }
        // What a guarantor made good beyond principal is return, too.
        let principal = line.outstanding_before - line.principal_paid - line.outstanding;
        earned += earns(line) + line.guaranteed - principal;
    }
    Ok(())
}
