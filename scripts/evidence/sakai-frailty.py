"""Synthetic rows for scripts/contracts/sakai-frailty.rhai, one per participant and year.

The people are made up. Of results one figure is published: 74% of participants were predicted to need
care later than otherwise (https://www.jcp-warabi.jp/hp/gikai/2024/1130_263.html); which year's and how it
was counted is not said. It stands here in every year: 333 of 450, 407 of 550, 481 of 650 people have no
more points than a year before, those who did not answer counted as having more.
Assumed: how many took part, that 50 each year did not answer again, and that social participation rose
by 6.0 points and subjective health by 4.0 points among those who did.

    python3 scripts/evidence/sakai-frailty.py > tests/data/sakai-frailty.csv
"""

import random

# date, people, of them with no more points, net more who take part, net more who feel well
YEARS = [
    ("2020-03-31", 450, 333, 24, 16),
    ("2021-03-31", 550, 407, 30, 20),
    ("2022-03-31", 650, 481, 36, 24),
]
LOST = 50


def answers(draws, people, yes, gained, left):
    """Answers before and after: `gained` come to yes and `left` go from it."""
    before = [1] * yes + [0] * (people - yes)
    after = [0] * left + [1] * (yes - left + gained) + [0] * (people - yes - gained)
    pairs = list(zip(before, after))
    draws.shuffle(pairs)
    return pairs


def main():
    draws = random.Random(20220331)
    print(
        "participant,at,eligible,score_before,score_after,"
        "social_before,social_after,health_before,health_after"
    )
    for year, (date, people, kept, social, health) in enumerate(YEARS, start=1):
        answered = people - LOST
        scores = []
        for number in range(answered):
            before = min(36, round(draws.gammavariate(2.2, 4.5)))
            if number < kept:
                after = max(0, before - draws.choice([0, 0, 0, 1, 1, 2, 3]))
            else:
                after = before + draws.choice([1, 1, 2, 3, 4])
            scores.append((before, after))
        draws.shuffle(scores)
        take_part = answers(draws, answered, answered * 2 // 5, social + 12, 12)
        feel_well = answers(draws, answered, answered // 2, health + 20, 20)
        rows = [(*scores[n], *take_part[n], *feel_well[n]) for n in range(answered)]
        for _ in range(LOST):
            rows.append((min(36, round(draws.gammavariate(2.2, 4.5))), "", draws.randint(0, 1), "", draws.randint(0, 1), ""))
        draws.shuffle(rows)
        for number, row in enumerate(rows, start=1):
            print(f"Y{year}-{number:03},{date},1," + ",".join(str(value) for value in row))


main()
