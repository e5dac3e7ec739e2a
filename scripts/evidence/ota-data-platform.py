"""Synthetic rows for scripts/contracts/ota-data-platform.rhai.

The people are made up; only totals are published. They match what the Tokyo report of fiscal 2021
says of the pilot (August 2021 to March 2022):
  sensors: 28 users
    quality of life better 15.4%    here 4 of 26 (two did not answer: the only fraction that gives 15.4%
                                    beside 2 of 13)
    less work for care staff 14%    here 4 of 28 = 14.3% (assumed: asked once for every user)
    would go on 18%                 here 5 of 28 = 17.9%
  messages: 34 users
    no large effect on weight or steps   here 0.1 kg lost and 60 steps a day added on average (assumed)
    about half more aware                here 17 of 34
    would go on 59%                      here 20 of 34 = 58.8%
東京都 令和3年度データを活用した「次世代ウェルネスソリューション」の構築支援業務 業務委託報告書【4-2】

    python3 scripts/evidence/ota-data-platform.py > tests/data/ota-data-platform.csv
"""

import random


def yes(draws, people, count):
    """1 for `count` of `people`, drawn by lot, else 0."""
    chosen = set(draws.sample(range(people), count))
    return [1 if number in chosen else 0 for number in range(people)]


def changes(draws, people, sd, total):
    """Whole changes of this spread that add up to `total`."""
    values = [round(draws.gauss(total / people, sd)) for _ in range(people)]
    step = 1 if sum(values) < total else -1
    number = 0
    while sum(values) != total:
        values[number % people] += step
        number += 1
    return values


def main():
    draws = random.Random(20220331)
    heading = "participant,service,qol_better,work_saved,go_on"
    print(heading + ",weight_before,weight_after,steps_before,steps_after,aware")
    better = yes(draws, 26, 4) + ["", ""]
    draws.shuffle(better)
    work, go_on = yes(draws, 28, 4), yes(draws, 28, 5)
    for number in range(28):
        print(f"S{number + 1:02},sensor,{better[number]},{work[number]},{go_on[number]},,,,,")
    lost = changes(draws, 34, 16, 34)           # tenths of a kilogram: 0.1 kg on average
    added = changes(draws, 34, 1_400, 34 * 60)  # steps a day
    go_on, aware = yes(draws, 34, 20), yes(draws, 34, 17)
    for number in range(34):
        weight = round(draws.gauss(720, 100))   # tenths of a kilogram
        steps = max(2_500, round(draws.gauss(6_000, 2_000)))
        after = weight - lost[number]
        walked = steps + added[number]
        print(
            f"M{number + 1:02},messages,,,{go_on[number]},{weight / 10},{after / 10},"
            f"{steps},{walked},{aware[number]}"
        )


main()
