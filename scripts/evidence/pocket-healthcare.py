"""Synthetic rows for scripts/contracts/pocket-healthcare.rhai, at its first evaluation.

The people are made up; only totals are published. They match what the Tokyo report of fiscal 2021
says of the pilot (August 2021 to March 2022), all wards together:
  about 5,700 users                                here 5,700
  about 75% active in a month                      here 4,275 of 5,700 = 75.0%
  mean steps of a month 5,000 or more: about 63%   here 2,693 of 4,275 = 63.0%
  weight recorded every week: about 35%            here 1,496 of 4,275 = 35.0%
Assumed: how users divide among the wards, as no figure by ward is published; steps of single people.
東京都 令和3年度データを活用した「次世代ウェルネスソリューション」の構築支援業務 業務委託報告書【4-2】

    python3 scripts/evidence/pocket-healthcare.py > tests/data/pocket-healthcare.csv

tests/data/pocket-healthcare-figures.csv holds the totals of these rows, as `settle --figures-out` writes them.
"""

import random

# ward, users, active, of those 5,000 steps or more, of those weight every week
WARDS = [
    ("toshima", 1_500, 1_170, 755, 412),
    ("edogawa", 2_400, 1_752, 1_086, 612),
    ("itabashi", 1_800, 1_353, 852, 472),
]


def steps(draws, reached):
    """Steps a day of one person: on the side of 5,000 that is asked for, with a long tail above."""
    while True:
        value = int(draws.gammavariate(2.6, 2360))
        if (value >= 5_000) == reached and 200 <= value <= 30_000:
            return value


def main():
    draws = random.Random(20220331)
    print("participant,at,ward,active,steps,weight_logged")
    for ward, users, active, walking, weighed in WARDS:
        rows = []
        for number in range(users):
            if number < active:
                rows.append((1, steps(draws, number < walking), 0))
            else:
                rows.append((0, "", ""))
        for number in draws.sample(range(active), weighed):
            rows[number] = (1, rows[number][1], 1)
        draws.shuffle(rows)
        for number, (is_active, mean, weight) in enumerate(rows, start=1):
            print(f"{ward[0].upper()}{number:04},2025-03-31,{ward},{is_active},{mean},{weight}")


main()
