"""Synthetic rows to settle the Hachioji contract on: nobody in them exists.

    python3 scripts/evidence/hachioji-care-prevention.py

writes tests/data/hachioji-care-prevention-{people,app,care}.csv, the same bytes each time.

Published figures that the rows match: 352 people registered from October 2021 to February 2022 (Town
News, 15 September 2022; the Tokyo report of FY2021 says about 350), ages as of the 936 who had
registered by September 2022 (289 in their sixties, 527 in their seventies), and about 95% at no or
low risk (Tokyo report): 334 of 352.

All else is assumed, as the pilot published no effect: 1,056 residents to compare with, who are older
and at higher risk than the users; risks that rise with age and score; a hazard of certification of
users that is 0.70 of that of others alike, half of what Hikichi 2015 found of salons (on the log
scale); a fifth of the users stopping each year; one in twelve not answering the survey; one in a
hundred moving away. The seed was chosen before looking at what comes of it.
"""

import csv
import math
import random
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"
NAME = "hachioji-care-prevention"
USERS, LOW_USERS, OTHERS = 352, 334, 1056
LOW_BELOW = 20          # points, as in the contract
RATIO = math.exp(0.5 * math.log(0.49))
# Yen per month and user by level: self-payment x 10.09 (scenarios/data/care-levels/cost.csv), with
# the people at each level (first-level.csv).
LEVELS = [(972852, 20000), (940039, 30000), (1424784, 111000), (1133865, 151000),
          (901502, 232000), (869867, 282000), (571435, 323000)]

draw = random.Random(20220401).random       # Mersenne twister: the same on every version of Python


def between(low, high):
    """A whole number from low to high, each as likely."""
    return low + int(draw() * (high - low + 1))


def age(user):
    x = draw()
    sixties, seventies = (289 / 936, 816 / 936) if user else (0.20, 0.62)
    if x < sixties:
        return between(65, 69)
    return between(70, 79) if x < seventies else between(80, 90)


def level():
    x = draw() * sum(people for people, _ in LEVELS)
    for people, cost in LEVELS:
        x -= people
        if x < 0:
            return cost
    return LEVELS[-1][1]


def person(number):
    user = number < USERS
    low = number < LOW_USERS if user else draw() < 0.85
    years = age(user)
    return {
        "participant": f"h{number + 1:04d}", "app": int(user), "age": years,
        "woman": int(draw() < 0.55), "alone": int(draw() < (0.22 if user else 0.28)),
        # At low risk: 0 to 19 points, fewer for the users and the young.
        "score_start": min(int((draw() * 13 + (years - 65) * 0.3) * (0.85 if user else 1)), LOW_BELOW - 1)
        if low else between(LOW_BELOW, 34),
    }


def certified_year(one):
    """The probability of being certified within a year."""
    risk = 0.018 * math.exp(0.07 * (one["age"] - 75) + 0.05 * (one["score_start"] - 8))
    return 1 - (1 - min(risk, 0.5)) ** (RATIO if one["app"] else 1)


def worsens(one):
    """The probability of three points more after two years."""
    risk = min(max(0.20 + 0.008 * (one["age"] - 75) + 0.006 * (one["score_start"] - 8), 0.02), 0.6)
    return 1 - (1 - risk) ** (RATIO if one["app"] else 1)


people = [person(number) for number in range(USERS + OTHERS)]
app, care = [], []
for one in people:
    using, certified, cost, moved = True, None, 0, draw() < 0.01
    for year, at in enumerate(["2023-03-31", "2024-03-31", "2025-03-31"], 1):
        if one["app"]:
            using = using and draw() < 0.80
            months = between(8, 12) if using else between(0, 5)
            app.append({"participant": one["participant"], "at": at, "months_used": months})
        if certified is None and draw() < certified_year(one):
            certified, cost = year, level() if draw() < 0.765 else 0
        if year == 1:
            continue
        row = {"participant": one["participant"], "at": at, "score_now": "", "certified": "", "care_benefit": ""}
        if not moved:
            row["certified"] = int(certified is not None)
            months = 0 if certified is None else (6 if certified == year else 12)
            row["care_benefit"] = round(0.9 * cost * months)
        if year == 2:
            more = between(3, 8) if draw() < worsens(one) else between(-3, 2)
            answered = draw() >= 1 / 12
            if answered and not moved:
                row["score_now"] = min(max(one["score_start"] + more, 0), 48)
        care.append(row)

for part, rows in (("people", people), ("app", app), ("care", care)):
    with open(DATA / f"{NAME}-{part}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
